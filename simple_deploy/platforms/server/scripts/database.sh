# A PostgreSQL role and a database, both with the site's name. Who is the system's user $site needs no password.

query() {
    runuser -u postgres -- psql -X -q -t -A -v ON_ERROR_STOP=1 -v name="$site" -d postgres
}
systemctl start postgresql
if [ -z "$(echo "SELECT 1 FROM pg_roles WHERE rolname = :'name'" | query)" ]; then
    echo 'CREATE ROLE :"name" LOGIN' | query
    say "Made the role $site."
fi
if [ -z "$(echo "SELECT 1 FROM pg_database WHERE datname = :'name'" | query)" ]; then
    echo "CREATE DATABASE :\"name\" OWNER :\"name\" ENCODING 'UTF8' TEMPLATE template0" | query
    say "Made the database $site."
fi
