# Remove the site: what its ledger says is ours, and nothing else. Can be repeated.

if ! ours; then
    say "There is no site $site."
    return 0
fi
systemctl disable --quiet --now "$site.socket" "$site.service" >/dev/null 2>&1 || true
systemctl stop "$site-probe" >/dev/null 2>&1 || true
rm -f "/etc/systemd/system/$site.socket" "/etc/systemd/system/$site.service"
systemctl daemon-reload
if [ -f "/etc/caddy/sites/$site.caddy" ]; then
    rm -f "/etc/caddy/sites/$site.caddy"
    systemctl reload caddy >/dev/null 2>&1 || true
fi
if [ "$database" = postgresql ] && command -v psql >/dev/null; then
    runuser -u postgres -- dropdb --if-exists --force -- "$site"
    runuser -u postgres -- dropuser --if-exists -- "$site"
fi
rm -rf -- "/srv/$site"
rm -f -- "$own/variables/$site"
! id "$site" >/dev/null 2>&1 || userdel "$site"
rm -f -- "$own/sites/$site.json"
say "$site is gone. The packages, Caddy, the firewall and swap stay: other sites may need them."
