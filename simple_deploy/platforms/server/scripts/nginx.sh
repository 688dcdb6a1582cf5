# include fronts
# The site's file for an nginx that serves others already: $front, and $redirect while there is no certificate. What
# nginx serves already stays; a file that it refuses is taken away again.

lock
before=
[ ! -f "$nginx_file" ] || before=$(cat "$nginx_file")
live=/etc/letsencrypt/live/$certificate

# back WHAT HINT: the file is what it was, and the run fails.
back() {
    if [ -n "$before" ]; then put "$nginx_file" 0644 root:root "$before" || true; else rm -f -- "$nginx_file"; fi
    systemctl reload nginx >/dev/null 2>&1 || true
    fail "$1" "$2"
}

# tell TEXT: nginx serves by it.
tell() {
    local text="$1" said
    # nginx refuses to listen where the system has no IPv6.
    [ -s /proc/net/if_inet6 ] || text=$(printf '%s\n' "$text" | grep -v '^ *listen \[::\]')
    put "$nginx_file" 0644 root:root "$text" || true
    if ! said=$(nginx -t 2>&1); then
        printf '%s\n' "$said" | tail -n 5
        back "nginx refuses the site's configuration." "The lines above say why; /etc/nginx on the server has the rest."
    fi
    nginx -T 2>/dev/null | grep -qF "# configuration file $nginx_file:" ||
        back "nginx on the server does not read $nginx_folder." \
            "Add “include $nginx_folder/*;” to the part http of /etc/nginx/nginx.conf there, and try again."
    afresh
}

# afresh: nginx serves by its files as they are now. Its old workers go on for a moment after it was told to.
afresh() {
    local old each tries=0
    old=$(grep -als '^nginx: worker process' /proc/[0-9]*/cmdline || true)
    systemctl reload nginx
    for each in $old; do
        while [ "$tries" -lt 100 ] && [ "$(cat -- "$each" 2>/dev/null | tr -d '\0')" = 'nginx: worker process' ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
    done
}

if [ -n "$domain" ] && ! openssl x509 -noout -ext subjectAltName -in "$live/cert.pem" 2>/dev/null |
    tr -d ' ' | tr ',' '\n' | grep -qxF "DNS:$domain"; then
    tell "$redirect"
    certbot certonly --non-interactive --agree-tos --register-unsafely-without-email --renew-with-new-domains \
        --webroot --webroot-path "/srv/$site/front" --cert-name "$certificate" --domain "$domain" \
        --deploy-hook 'systemctl reload nginx' ${authority:+--server "$authority"} 2>&1 ||
        back "certbot gets no certificate for $domain." \
            "The lines above say why. Most often the domain leads elsewhere, or a firewall of the provider's keeps port 80 shut."
fi
tell "$front"
out_of_caddy
