# include serving
# include data
# include migrating
# Replace the site's data with those of a backup. The old ones go when all the new ones are in place.

there
lock
new=/srv/$site/restoring
old=/srv/$site/replaced
maintenance=/srv/$site/front/maintenance.html
refuse() {
    rm -rf -- "$new"
    fail "That file cannot be restored: $1" "Nothing was changed. A backup is made with --backup."
}
rm -rf -- "$new" "$old"
install -d -m 0700 -o "$site" -g "$site" "$new"
# By the site's user: what a file that somebody else made unpacks can only be the site's own.
runuser -u "$site" -- tar -x -z -C "$new" --no-same-owner -f - <"$archive" || refuse "it is not whole."
rm -rf -- "$(dirname -- "$archive")"
[ -f "$new/simple-deploy-backup" ] || refuse "it was not made by --backup."
printf '%s\n' "$databases" | while read -r alias kind place; do
    case $kind in
    postgresql)
        [ -f "$new/$alias.pgdump" ] || refuse "it has no PostgreSQL database “$alias”, and this site has."
        runuser -u postgres -- dropdb --if-exists --force -- "$place.restoring"
        runuser -u postgres -- createdb --owner="$site" --encoding=UTF8 --template=template0 -- "$place.restoring"
        runuser -u "$site" -- pg_restore --no-owner --no-privileges --exit-on-error -d "$place.restoring" \
            <"$new/$alias.pgdump" || refuse "PostgreSQL does not take its database “$alias”."
        ;;
    sqlite)
        [ -f "$new/$alias.sqlite3" ] || refuse "it has no SQLite database “$alias”, and this site has."
        runuser -u "$site" -- /usr/bin/python3 -c 'import sqlite3, sys
sys.exit(sqlite3.connect(sys.argv[1]).execute("PRAGMA quick_check").fetchone() != ("ok",))' "$new/$alias.sqlite3" ||
            refuse "its database “$alias” is damaged."
        ;;
    esac
done

# From here on visitors see the maintenance page, and nothing writes.
kept=
! [ -f "$maintenance" ] || kept=yes
put "$maintenance" 0644 root:root "$page" || true
halt
install -d -m 0700 "$old"
printf '%s\n' "$databases" | while read -r alias kind place; do
    case $kind in
    postgresql)
        runuser -u postgres -- dropdb --if-exists --force -- "$place.replaced"
        query "$place" <<'END'
SELECT :'name' || '.restoring' AS new, :'name' || '.replaced' AS old \gset
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (:'name', :'new') \g /dev/null
BEGIN;
ALTER DATABASE :"name" RENAME TO :"old";
ALTER DATABASE :"new" RENAME TO :"name";
COMMIT;
END
        runuser -u postgres -- dropdb --if-exists --force -- "$place.replaced"
        ;;
    sqlite)
        for file in "$place" "$place-wal" "$place-shm"; do ! [ -f "$file" ] || mv -f -- "$file" "$old/"; done
        mv -f -- "$new/$alias.sqlite3" "$place"
        ;;
    esac
done
if [ -d "$new/media" ] && ! [ -L "$new/media" ]; then
    mv -T -- "/srv/$site/shared/media" "$old/media"
    mv -T -- "$new/media" "/srv/$site/shared/media"
    chmod 0755 "/srv/$site/shared/media"
fi
release=$(readlink -f "$link" || true)
if [ -n "$release" ] && [ -n "$databases" ]; then
    # The backup may be older than the release, and than its cache.
    { migrate_all && make_tables_of_caches; } ||
        fail "The data are in place, but migrating them to the release that serves failed." "The lines above say why. What was there before is in $old on the server."
fi
[ -z "$release" ] || serves "$release" || {
    tell_why
    fail "The data are in place, but the site does not start with them." "The lines above say why. Files that were there before are in $old on the server."
}
[ -n "$kept" ] || rm -f -- "$maintenance"
rm -rf -- "$new" "$old"
say "The data of the backup are in place."
