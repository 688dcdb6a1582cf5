# A PostgreSQL role with the site's name, and the databases $names. Who is the system's user $site needs no password.

lock
systemctl start postgresql
if [ -z "$(echo "SELECT 1 FROM pg_roles WHERE rolname = :'name'" | query "$site")" ]; then
    echo 'CREATE ROLE :"name" LOGIN' | query "$site"
    say "Made the role $site."
fi
for name in $names; do
    if [ -z "$(echo "SELECT 1 FROM pg_database WHERE datname = :'name'" | query "$name")" ]; then
        runuser -u postgres -- createdb --owner="$site" --encoding=UTF8 --template=template0 -- "$name"
        say "Made the database $name."
    fi
done
