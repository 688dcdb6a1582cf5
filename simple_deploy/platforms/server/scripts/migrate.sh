# Migrate the database with the new release's code, while the previous release serves.

release=/srv/$site/releases/$id
as_site "$release/code/$project_folder" "$release/.venv/bin/python" manage.py migrate --noinput --no-color ||
    fail "A migration failed, so the new release does not serve; the one before goes on." \
        "The lines above say why. The database as it was before is in /srv/$site/backups on the server."
