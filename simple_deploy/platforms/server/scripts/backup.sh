# include data
# A copy of the site's data in /srv/$site/backups/$label. For $label “nightly” the date is added, and old ones go.

there
lock
case $label in
nightly)
    snapshot "$backups/nightly-$(date +%Y%m%d)" yes
    thin
    ;;
*)
    snapshot "$backups/$label" no
    say "Saved $backups/$label ($(du -sh "$backups/$label" | cut -f1))."
    # Those made before releases: the last five.
    ls -1t "$backups" | grep '^before-' | tail -n +6 | while read -r old; do rm -rf -- "${backups:?}/$old"; done
    ;;
esac
