# A Redis of the site's own, on this machine only, with a port and a password that no other site has.

lock
file=$own/variables/$site
if ! grep -q '^REDIS_URL=' "$file"; then
    port=6380
    while grep -qs "^REDIS_URL=.*127\.0\.0\.1:$port/" "$own"/variables/* || [ -n "$(ss -H -ltn "sport = :$port")" ]; do
        port=$((port + 1))
    done
    put "$file" 0640 "root:$site" "$(cat "$file")
REDIS_URL=\"redis://:$password@127.0.0.1:$port/0\"" || true
fi
if ! grep -q '^REDIS_URL="redis://:[^@]*@127\.0\.0\.1:' "$file"; then
    say "The site uses the Redis that REDIS_URL names."
    return 0
fi
! put "/etc/systemd/system/$site.redis.service" 0644 root:root "$unit" || systemctl daemon-reload
systemctl enable --quiet --now "$site.redis.service" || {
    journalctl --unit "$site.redis.service" --no-pager --output cat --lines 20 || true
    fail "Redis did not start." "The lines above say why."
}
