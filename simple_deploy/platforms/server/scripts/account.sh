# The site's user, folders and ledger. The ledger comes first: it says what is ours, also when this is cut short.

ledger_file=$own/sites/$site.json
if ! ours; then
    ! id "$site" >/dev/null 2>&1 ||
        fail "There is a user $site on the server that is not a site of this tool." "Choose another name: --deployed-project-name NAME."
    ! [ -e "/srv/$site" ] ||
        fail "There is a folder /srv/$site on the server that is not a site of this tool." "Choose another name: --deployed-project-name NAME."
fi
put "$ledger_file" 0644 root:root "$ledger" || true
id "$site" >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir "/srv/$site" --no-create-home --shell /usr/sbin/nologin "$site"
install -d -m 0755 "/srv/$site" "/srv/$site/releases" "/srv/$site/shared"
install -d -m 0750 -o "$site" -g "$site" "/srv/$site/cache" "/srv/$site/shared/data"
install -d -m 0755 -o "$site" -g "$site" "/srv/$site/shared/media" "/srv/$site/shared/static"
install -d -m 0700 "/srv/$site/backups"
give site "$site"
