# A new folder that a file can be sent to by the user who logs in, and that nobody else can read.

folder=$(mktemp -d /var/tmp/simple_deploy-XXXXXXXX)
[ -z "${SUDO_USER:-}" ] || chown "$SUDO_USER" "$folder"
give folder "$folder"
