# The site's data. $databases has a line for each database: Django's name of it, its kind, and what it is called.

backups=/srv/$site/backups

copy_sqlite() {
    /usr/bin/python3 -c 'import sqlite3, sys
old, new = sqlite3.connect(sys.argv[1], timeout=60), sqlite3.connect(sys.argv[2])
old.backup(new)
new.close()' "$1" "$2"
}

# snapshot FOLDER MEDIA: the databases as they are now, and the uploaded files where MEDIA is yes.
snapshot() {
    local alias kind place
    rm -rf -- "$1" "$1.new"
    install -d -m 0700 "$backups" "$1.new"
    printf '%s\n' "$databases" | while read -r alias kind place; do
        case $kind in
        postgresql) runuser -u "$site" -- pg_dump -Fc -- "$place" >"$1.new/$alias.pgdump" ;;
        sqlite) ! [ -f "$place" ] || copy_sqlite "$place" "$1.new/$alias.sqlite3" ;;
        elsewhere) say "The database $alias is kept elsewhere; whoever keeps it backs it up." ;;
        esac
    done
    if [ "$2" = yes ]; then
        # Links to the same files: they take no room, and stay when the site removes its own.
        cp -al -- "/srv/$site/shared/media" "$1.new/media" 2>/dev/null || {
            rm -rf -- "$1.new/media"
            cp -a -- "/srv/$site/shared/media" "$1.new/media"
        }
    fi
    printf '%s\n' "$databases" >"$1.new/simple-deploy-backup"
    mv -T -- "$1.new" "$1"
}

# thin: of the backups of each night the newest seven stay, and the newest of each of five weeks, this one among them.
thin() {
    local each week first days=0 kept=0 weeks=' '
    for each in $(ls -1 "$backups" | grep '^nightly-[0-9]\{8\}$' | sort -r); do
        days=$((days + 1))
        week=$(date -d "${each#nightly-}" +%G%V)
        first=
        case $weeks in *" $week "*) ;; *)
            weeks="$weeks$week "
            kept=$((kept + 1))
            first=yes
            ;;
        esac
        if [ "$days" -gt 7 ] && { [ -z "$first" ] || [ "$kept" -gt 5 ]; }; then rm -rf -- "${backups:?}/$each"; fi
    done
}
