# How the site is doing, as lines of name=value. Changes nothing.

ours || fail "There is no site $site on the server." "Deploy it first."
echo "active=$(systemctl show -p ActiveState --value "$site.service")"
echo "result=$(systemctl show -p Result --value "$site.service")"
echo "since=$(systemctl show -p ActiveEnterTimestamp --value "$site.service")"
echo "restarts=$(systemctl show -p NRestarts --value "$site.service")"
echo "memory=$(systemctl show -p MemoryCurrent --value "$site.service")"
echo "caddy=$(systemctl is-active caddy || true)"
echo "disk=$(df -Ph / | awk 'NR == 2 { print $4 " of " $2 " free" }')"
current=$(readlink "/srv/$site/current" || true)
echo "current=$(basename "$current")"
for release in "/srv/$site/releases"/*; do
    ! [ -f "$release/commit" ] || echo "release=$(basename "$release") $(cat "$release/commit")"
done
[ -z "$domain" ] || {
    end=$(find /var/lib/caddy -name "$domain.crt" -exec openssl x509 -noout -enddate -in {} \; 2>/dev/null | head -n 1)
    echo "certificate=${end#notAfter=}"
}
