# include fronts
# The site's file for Caddy. What Caddy serves already stays; a file that it refuses is taken away again.

lock
main=/etc/caddy/Caddyfile
line='import sites/*.caddy'
before=
[ ! -f "$caddy_file" ] || before=$(cat "$caddy_file")
install -d -m 0755 /etc/caddy/sites
if ! grep -qxF "$line" "$main" 2>/dev/null; then
    packaged=$(dpkg-query -W -f '${Conffiles}\n' caddy 2>/dev/null | awk '$1 == "/etc/caddy/Caddyfile" { print $2 }')
    if [ -f "$main" ] && [ "$(md5sum <"$main" | cut -d' ' -f1)" = "$packaged" ]; then
        # The package's own page, which nobody has changed, would answer for the site.
        put "$main" 0644 root:root "$line" || true
    else
        printf '\n%s\n' "$line" >>"$main"
    fi
fi
put "$caddy_file" 0644 root:root "$front" || true
if ! said=$(runuser -u caddy -- env HOME=/var/lib/caddy caddy validate --config "$main" --adapter caddyfile 2>&1); then
    if [ -n "$before" ]; then put "$caddy_file" 0644 root:root "$before" || true; else rm -f "$caddy_file"; fi
    printf '%s\n' "$said" | tail -n 3
    fail "Caddy refuses the site's configuration." "The lines above say why; /etc/caddy on the server has the rest."
fi
systemctl enable --quiet caddy
systemctl is-active --quiet caddy || systemctl start caddy || {
    holder=$(ss -H -ltnp 'sport = :80' | sed -n 's/.*users:(("\([^"]*\)".*/\1/p' | head -n 1)
    fail "Caddy does not start. Port 80 is held by ${holder:-another program}." "Stop it there: systemctl disable --now ${holder:-NAME}."
}
systemctl reload caddy
out_of_nginx
