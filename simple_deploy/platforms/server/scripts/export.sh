# include data
# A copy of the site's data as one file, for the user who logs in to fetch.

there
lock
copy=$backups/.asked
snapshot "$copy" yes
folder=$(mktemp -d /var/tmp/simple_deploy-XXXXXXXX)
# 1: a file grew meanwhile, as one does that is uploaded right now.
tar -c -z -C "$copy" -f "$folder/backup.tar.gz" . || [ $? = 1 ]
rm -rf -- "$copy"
give checksum "$(sha256sum "$folder/backup.tar.gz" | cut -d' ' -f1)"
[ -z "${SUDO_USER:-}" ] || chown -R "$SUDO_USER" "$folder"
give folder "$folder"
