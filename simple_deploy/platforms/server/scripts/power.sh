# Start or stop the site and what runs beside it, also over a reboot of the server.

there
lock
case $wanted in
start)
    systemctl reset-failed "$site.socket" "$site.service" >/dev/null 2>&1 || true
    systemctl enable --quiet --now "$site.socket" "$site.service" ||
        fail "The site did not start." "Its log says why: --logs"
    ;;
stop)
    systemctl disable --quiet "$site.socket" "$site.service"
    halt
    ;;
esac
