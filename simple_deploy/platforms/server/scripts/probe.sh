# Start the new release on a socket of its own and ask it for a page as a visitor would, before anybody else can.

release=/srv/$site/releases/$id
unit=$site-probe
systemctl stop "$unit" >/dev/null 2>&1 || true
systemctl reset-failed "$unit" >/dev/null 2>&1 || true
systemd-run --quiet --unit="$unit" --uid="$site" --gid="$site" \
    --property=EnvironmentFile="$own/variables/$site" --property=RuntimeDirectory="$unit" \
    --property=RuntimeMaxSec=120 --property=WorkingDirectory="$release/code/$project_folder" \
    --setenv=HOME="/run/$unit" --setenv=XDG_RUNTIME_DIR="/run/$unit" \
    -- "$release/.venv/bin/gunicorn" --workers 1 --bind "unix:/run/$unit/web.sock" $arguments
answer=000
tries=0
while [ "$tries" -lt 150 ]; do
    answer=$(curl -s -o "/run/$unit.answer" -w '%{http_code}' --max-time 20 --unix-socket "/run/$unit/web.sock" \
        -H "Host: $host" -H "X-Forwarded-Proto: $scheme" "http://site$path" || true)
    [ "$answer" = 000 ] || break
    systemctl is-active --quiet "$unit" || break
    tries=$((tries + 1))
    sleep 0.2
done
rm -f "/run/$unit.answer"
systemctl stop "$unit" >/dev/null 2>&1 || true
case $answer in
000 | 400 | 5*)
    journalctl --unit "$unit" --no-pager --output cat --lines 40 | grep -v '^\(Started\|Stopped\|Stopping\)' || true
    systemctl reset-failed "$unit" >/dev/null 2>&1 || true
    [ "$answer" = 000 ] && what="did not start" || what="answers $answer for $path"
    fail "The new release $what, so it does not serve; the one before goes on." "Its log is above."
    ;;
esac
say "The new release answers $answer for $path."
