# include fronts
# include figures
# How the site is doing, as lines of name=value. Changes nothing. With $figures also what it answered in
# the last day.

there
echo "active=$(systemctl show -p ActiveState --value "$site.service")"
echo "since=$(systemctl show -p ActiveEnterTimestamp --value "$site.service")"
echo "restarts=$(systemctl show -p NRestarts --value "$site.service")"
echo "memory=$(systemctl show -p MemoryCurrent --value "$site.service")"
echo "available=$(awk '/^MemAvailable:/ { a = $2 } /^MemTotal:/ { t = $2 } END { printf "%d MB of %d MB free", a / 1024, t / 1024 }' /proc/meminfo)"
answers=caddy
! [ -f "$nginx_file" ] || answers=nginx
echo "front=$answers $(systemctl is-active "$answers" || true)"
echo "disk=$(df -Ph / | awk 'NR == 2 { print $4 " of " $2 " free" }')"
for unit in $units; do
    case $unit in
    "$site".*.timer) echo "unit=$unit $(systemctl show -p NextElapseUSecRealtime --value "$unit")" ;;
    "$site".*.service)
        ! [ -e "/etc/systemd/system/$unit" ] || [ -e "/etc/systemd/system/${unit%.service}.timer" ] ||
            echo "unit=$unit $(systemctl is-active "$unit" || true)"
        ;;
    esac
done
! [ -f "/srv/$site/front/maintenance.html" ] || echo "maintenance=on"
last=$(ls -1 "/srv/$site/backups" 2>/dev/null | grep '^nightly-[0-9]*$' | sort | tail -n 1)
[ -z "$last" ] || echo "backup=$last ($(du -sh "/srv/$site/backups/$last" | cut -f1))"
current=$(readlink "/srv/$site/current" || true)
echo "current=$(basename "$current")"
for release in "/srv/$site/releases"/*; do
    ! [ -f "$release/commit" ] || echo "release=$(basename "$release") $(cat "$release/commit")"
done
[ -z "$domain" ] || {
    held=/etc/letsencrypt/live/$certificate/cert.pem
    [ "$answers" = nginx ] || held=$(find /var/lib/caddy -name "$domain.crt" 2>/dev/null | head -n 1)
    if [ -f "$held" ]; then
        end=$(openssl x509 -noout -enddate -in "$held")
        end=${end#notAfter=}
        echo "certificate=$end ($((($(date -d "$end" +%s) - $(date +%s)) / 86400)) days)"
    fi
}
[ "$figures" != yes ] || journalctl --unit "$site.service" --since "24 hours ago" --lines 100000 --no-pager \
    --output short-unix 2>/dev/null | count_answers
