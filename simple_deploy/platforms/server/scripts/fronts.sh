# The site's files for what answers visitors: Caddy, or an nginx that serves others already.

caddy_file=/etc/caddy/sites/$site.caddy
# nginx answers for a name that it does not know by the first file: this one comes last.
nginx_folder=/etc/nginx/sites-enabled
[ -d "$nginx_folder" ] || nginx_folder=/etc/nginx/conf.d
nginx_file=$nginx_folder/zz-simple-deploy-$site.conf
# Of certbot's.
certificate=simple-deploy-$site

out_of_caddy() {
    [ -f "$caddy_file" ] || return 0
    rm -f -- "$caddy_file"
    systemctl reload caddy >/dev/null 2>&1 || true
}

out_of_nginx() {
    [ -f "$nginx_file" ] || return 0
    rm -f -- "$nginx_file"
    systemctl reload nginx >/dev/null 2>&1 || true
    ! [ -d "/etc/letsencrypt/live/$certificate" ] || certbot delete --quiet --non-interactive --cert-name "$certificate" || true
}
