# What lets a release serve. $units has the names of the units that the site's ledger lists for its releases.

link=/srv/$site/current
good=/srv/$site/good
down=

# answer SOCKET RELEASE: the status of the page that the release was tried with; 000 where nobody answers.
answer() {
    local host scheme path
    { read -r host && read -r scheme && read -r path; } <"$2/asked"
    curl -s -o /dev/null -w '%{http_code}' --max-time 20 --unix-socket "$1" \
        -H "Host: $host" -H "X-Forwarded-Proto: $scheme" "http://site$path" || true
}

# lay_units RELEASE: its units take the place of those of the release before.
lay_units() {
    local unit file changed=
    [ -d "$1/units" ] || return 0
    for unit in $units; do
        if ! [ -f "$1/units/$unit" ] && [ -e "/etc/systemd/system/$unit" ]; then
            systemctl disable --quiet --now "$unit" >/dev/null 2>&1 || true
            rm -f -- "/etc/systemd/system/$unit"
            changed=yes
        fi
    done
    for file in "$1/units"/*; do
        ! put "/etc/systemd/system/$(basename -- "$file")" 0644 root:root "$(cat -- "$file")" || changed=yes
    done
    [ -z "$changed" ] || systemctl daemon-reload
}

# point LINK RELEASE
point() {
    ln -sfn -- "$2" "$1.new" && mv -T -- "$1.new" "$1"
}

# stays_up RELEASE: whether what runs beside the site stays up for some seconds; $down is what does not.
stays_up() {
    local file watched tries=0
    while [ "$tries" -lt 25 ]; do
        watched=
        for file in "$1/units/$site".*.service; do
            if [ -f "$file" ] && ! grep -q '^Type=oneshot' "$file"; then
                watched=$(basename -- "$file")
                case $(systemctl show -p ActiveState -p SubState --value "$watched" | tr '\n' ' ') in
                failed* | *auto-restart*)
                    down=$watched
                    return 1
                    ;;
                esac
            fi
        done
        [ -n "$watched" ] || return 0
        tries=$((tries + 1))
        sleep 0.2
    done
}

# serves RELEASE: let it serve, with all that runs beside it, and see that it does.
serves() {
    down=
    lay_units "$1" || return 1
    point "$link" "$1" || return 1
    systemctl enable --quiet "$site.socket" "$site.service"
    # One that failed too often would not be started again, nor its socket listen.
    systemctl reset-failed "$site.socket" "$site.service" >/dev/null 2>&1 || true
    systemctl start "$site.socket"
    systemctl restart "$site.service" || return 1
    if [ -f "$1/asked" ]; then
        case $(answer "/run/$site/web.sock" "$1") in 000 | 400 | 5*) return 1 ;; esac
    fi
    stays_up "$1" || return 1
    point "$good" "$1"
}

# tell_why: the newest lines of what did not start.
tell_why() {
    journalctl --unit "${down:-$site.service}" --no-pager --output cat --lines 30 || true
}
