# A consistent copy of the database in /srv/$site/backups/$label.*

folder=/srv/$site/backups
install -d -m 0700 "$folder"
case $database in
postgresql)
    runuser -u "$site" -- pg_dump -Fc "$site" >"$folder/.new"
    mv -f "$folder/.new" "$folder/$label.pgdump"
    file=$folder/$label.pgdump
    ;;
sqlite)
    source=/srv/$site/shared/data/db.sqlite3
    if [ ! -f "$source" ]; then
        say "There is no database yet."
        return 0
    fi
    /usr/bin/python3 -c 'import sqlite3, sys
old, new = sqlite3.connect(sys.argv[1]), sqlite3.connect(sys.argv[2])
old.backup(new)' "$source" "$folder/.new"
    mv -f "$folder/.new" "$folder/$label.sqlite3"
    file=$folder/$label.sqlite3
    ;;
*)
    say "The database is kept elsewhere; whoever keeps it backs it up."
    return 0
    ;;
esac
chmod 0600 "$file"
say "Saved $file ($(du -h "$file" | cut -f1))."
# Those made before releases: the last five.
ls -1t "$folder" | grep '^before-' | tail -n +6 | while read -r old; do rm -f -- "$folder/$old"; done
