# include migrating
# Migrate the databases with the new release's code, while the previous release serves. $caches is "yes" where a cache is
# kept in a database.

lock
release=/srv/$site/releases/$id
migrate_all ||
    fail "A migration failed, so the new release does not serve; the one before goes on." \
        "The lines above say why. The databases as they were before are in /srv/$site/backups on the server."
[ "$caches" != yes ] || make_tables_of_caches ||
    fail "The table of the cache could not be made, so the new release does not serve; the one before goes on." \
        "The lines above say why."
