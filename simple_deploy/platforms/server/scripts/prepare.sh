# Before the new release meets the data: its static files, and Django's own look at its settings.

lock
release=/srv/$site/releases/$id
python=$release/.venv/bin/python
folder=$release/code/$project_folder
if [ -n "$static" ]; then
    as_site "$folder" "$python" manage.py collectstatic --noinput --verbosity 1 ||
        fail "The static files could not be collected." "The lines above say why. The previous release goes on serving."
    # Pages of the previous release name files that the new one may not have: both are kept.
    ! [ -d "$folder/$static" ] || cp -a -- "$folder/$static/." "/srv/$site/shared/static/"
    chmod -R a+rX "/srv/$site/shared/static"
fi
eval "set -- $check"
as_site "$folder" "$python" manage.py "$@" ||
    fail "Django's check refuses the settings of the site." "The lines above say why. The previous release goes on serving."
