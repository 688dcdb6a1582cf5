# Start or stop the site, also over a reboot of the server.

ours || fail "There is no site $site on the server." "Deploy it first."
case $wanted in
start)
    systemctl enable --quiet --now "$site.socket" "$site.service" ||
        fail "The site did not start." "Its log says why: --logs"
    ;;
stop) systemctl disable --quiet --now "$site.socket" "$site.service" ;;
esac
