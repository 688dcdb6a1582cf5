# include serving
# Start the new release on a socket of its own and ask it for a page as a visitor would, before anybody else can.

lock
release=/srv/$site/releases/$id
unit=$site-probe
printf '%s\n%s\n%s\n' "$host" "$scheme" "$path" >"$release/asked"
systemctl stop "$unit" >/dev/null 2>&1 || true
systemctl reset-failed "$unit" >/dev/null 2>&1 || true
systemd-run --quiet --unit="$unit" --uid="$site" --gid="$site" \
    --property=EnvironmentFile="$own/variables/$site" --property=RuntimeDirectory="$unit" \
    --property=RuntimeMaxSec=120 --property=WorkingDirectory="$release/code/$project_folder" \
    --setenv=HOME="/run/$unit" --setenv=XDG_RUNTIME_DIR="/run/$unit" \
    -- "$release/.venv/bin/gunicorn" --workers 1 --bind "unix:/run/$unit/web.sock" $arguments
said=000
tries=0
while [ "$tries" -lt 150 ]; do
    said=$(answer "/run/$unit/web.sock" "$release")
    [ "$said" = 000 ] || break
    systemctl is-active --quiet "$unit" || break
    tries=$((tries + 1))
    sleep 0.2
done
systemctl stop "$unit" >/dev/null 2>&1 || true
case $said in
000 | 400 | 5*)
    journalctl --unit "$unit" --no-pager --output cat --lines 40 | grep -v '^\(Started\|Stopped\|Stopping\)' || true
    systemctl reset-failed "$unit" >/dev/null 2>&1 || true
    [ "$said" = 000 ] && what="did not start" || what="answers $said for $path"
    [ -e "$link" ] && rest="so it does not serve; the one before goes on" || rest="so nothing serves yet"
    fail "The new release $what, $rest." "Its log is above."
    ;;
esac
say "The new release answers $said for $path."
