# The databases as the code of $release wants them. $aliases are Django's names of those besides the default one.

manage() {
    as_site "$release/code/$project_folder" "$release/.venv/bin/python" manage.py "$@"
}

migrate_all() {
    local alias
    manage migrate --noinput --no-color || return 1
    for alias in $aliases; do manage migrate --noinput --no-color --database "$alias" || return 1; done
}

# A cache may keep what it holds in a table that no migration makes.
make_tables_of_caches() {
    manage createcachetable --no-color
}
