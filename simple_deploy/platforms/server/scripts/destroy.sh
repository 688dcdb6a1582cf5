# include fronts
# Remove the site: what its ledger says is ours, and nothing else. Can be repeated.

if ! ours; then
    say "There is no site $site."
    return 0
fi
lock
for unit in $site.socket $site.service $units $site.redis.service $site.nightly.timer $site.nightly.service; do
    if [ -e "/etc/systemd/system/$unit" ]; then
        systemctl disable --quiet --now "$unit" >/dev/null 2>&1 || true
        rm -f -- "/etc/systemd/system/$unit"
    fi
done
systemctl stop "$site-probe" >/dev/null 2>&1 || true
systemctl daemon-reload
systemctl reset-failed "$site.*" >/dev/null 2>&1 || true
out_of_caddy
out_of_nginx
if command -v psql >/dev/null && id postgres >/dev/null 2>&1; then
    # The role is ours, so what it owns is.
    owned=$(echo "SELECT datname FROM pg_database JOIN pg_roles ON datdba = pg_roles.oid WHERE rolname = :'name'" | query "$site")
    for name in $owned; do runuser -u postgres -- dropdb --if-exists --force -- "$name"; done
    runuser -u postgres -- dropuser --if-exists -- "$site"
fi
rm -rf -- "/srv/$site"
rm -f -- "$own/variables/$site"
! id "$site" >/dev/null 2>&1 || userdel "$site"
rm -f -- "$own/sites/$site.json"
say "$site is gone. The packages, what answers visitors, the firewall and swap stay: other sites may need them."
