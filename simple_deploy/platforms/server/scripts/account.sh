# The site's user, folders and ledger. The ledger comes first: it says what is ours, also when this is cut short.

lock
if ! ours; then
    ! id "$site" >/dev/null 2>&1 ||
        fail "There is a user $site on the server that is not a site of this tool." "Choose another name: --deployed-project-name NAME."
    ! [ -e "/srv/$site" ] ||
        fail "There is a folder /srv/$site on the server that is not a site of this tool." "Choose another name: --deployed-project-name NAME."
    if command -v psql >/dev/null && id postgres >/dev/null 2>&1; then
        found=$(echo "SELECT 1 FROM pg_roles WHERE rolname = :'name' UNION SELECT 1 FROM pg_database WHERE datname = :'name'" |
            query "$site" 2>/dev/null || true)
        [ -z "$found" ] ||
            fail "PostgreSQL on the server has a role or a database $site that is not of this tool." "Choose another name: --deployed-project-name NAME."
    fi
fi
put "$own/sites/$site.json" 0644 root:root "$ledger" || true
id "$site" >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir "/srv/$site" --no-create-home --shell /usr/sbin/nologin "$site"
install -d -m 0755 "/srv/$site" "/srv/$site/releases" "/srv/$site/shared" "/srv/$site/front"
install -d -m 0750 -o "$site" -g "$site" "/srv/$site/cache" "/srv/$site/shared/data" "/srv/$site/shared/redis"
install -d -m 0755 -o "$site" -g "$site" "/srv/$site/shared/media" "/srv/$site/shared/static"
install -d -m 0700 "/srv/$site/backups"
give site "$site"
