# A new folder that a file can be sent to by the user who logs in, and that nobody else can read.

# What an earlier connection was cut off from is nobody's any more.
find /var/tmp -maxdepth 1 -type d -name 'simple_deploy-????????' -mmin +1440 -exec rm -rf -- {} +
folder=$(mktemp -d /var/tmp/simple_deploy-XXXXXXXX)
[ -z "${SUDO_USER:-}" ] || chown "$SUDO_USER" "$folder"
give folder "$folder"
