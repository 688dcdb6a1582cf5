# Migrate the databases with the new release's code, while the previous release serves. $aliases are Django's names of
# those besides the default one. $caches is "yes" where a cache keeps what it holds in a table of its own.

lock
release=/srv/$site/releases/$id
manage() { as_site "$release/code/$project_folder" "$release/.venv/bin/python" manage.py "$@"; }

for alias in default $aliases; do
    manage migrate --noinput --no-color --database "$alias" ||
        fail "A migration failed, so the new release does not serve; the one before goes on." \
            "The lines above say why. The databases as they were before are in /srv/$site/backups on the server."
done
[ "$caches" != yes ] || manage createcachetable --no-color ||
    fail "The table of the cache could not be made, so the new release does not serve; the one before goes on." \
        "The lines above say why."
