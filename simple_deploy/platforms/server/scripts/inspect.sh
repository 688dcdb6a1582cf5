# What the server is, as lines of name=value. Changes nothing.

. /etc/os-release
echo "id=$ID"
echo "version=${VERSION_ID:-}"
echo "name=${PRETTY_NAME:-$ID}"
echo "machine=$(uname -m)"
echo "init=$(cat /proc/1/comm)"
echo "user=$(id -un)"
echo "time=$(date +%s)"
echo "memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)"
echo "swap=$(awk '/^SwapTotal:/ { print int($2 / 1024) }' /proc/meminfo)"
echo "disk=$(df -Pm / | awk 'NR == 2 { print $4 }')"
! [ -f /var/run/reboot-required ] || echo "reboot=yes"
for address in $(ip -o address show scope global | awk '{ sub("/.*", "", $4); print $4 }'); do
    echo "address=$address"
done
echo "reached=$(echo "${SSH_CONNECTION:-}" | awk '{ print $3 }')"
echo "ssh_port=$(echo "${SSH_CONNECTION:-}" | awk '{ print $4 }')"

# The interpreter of the system, also where only its smallest part is installed.
for python in /usr/bin/python3; do
    ! [ -x "$python" ] || echo "python=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
done
apt-cache policy python3 2>/dev/null | awk '/Candidate:/ { split($2, part, "."); print "python_offered=" part[1] "." part[2] }' |
    sed 's/[^0-9.a-z_=].*//'

for package in $packages; do
    ! installed "$package" || echo "package=$package"
done

# Who holds port 80 and 443, and what else can be reached from outside.
ss -H -ltnp 2>/dev/null | awk '{
    place = $4; port = place; sub(".*:", "", port); sub(":[0-9]+$", "", place)
    program = $0; if (!sub(/.*users:\(\("/, "", program)) program = "?"; sub(/".*/, "", program)
    if (place !~ /^127\./ && place != "[::1]") print "listens=" port " " program
}' | sort -u

# An nginx that runs: in the group that its workers are in.
grep -lsx nginx /proc/[0-9]*/comm | while read -r program; do
    stat -c 'nginx_group=%G' "${program%/comm}" 2>/dev/null || true
done | grep -v '=root$' | head -n 1

if command -v ufw >/dev/null; then
    ufw status 2>/dev/null | awk 'NR == 1 { print "firewall=" $2 }'
    ufw status 2>/dev/null | awk '/ALLOW/ { print "allowed=" $1 }' | sort -u
fi

# Locks are listed by the inodes of their files.
inode=$(stat -c %i /var/lib/dpkg/lock-frontend 2>/dev/null || true)
[ -z "$inode" ] || ! grep -q ":$inode " /proc/locks 2>/dev/null || echo "apt=busy"

! [ -x "$tools/uv" ] || echo "uv=$("$tools/uv" --version | awk '{ print $2 }')"
! [ -d "$tools/pythons" ] || for each in "$tools"/pythons/cpython-*; do
    ! [ -d "$each" ] || echo "managed=$(basename "$each" | sed 's/^cpython-\([0-9]*\.[0-9]*\).*/\1/')"
done

[ ! -d "$own/sites" ] || for ledger in "$own"/sites/*.json; do
    ! [ -f "$ledger" ] || echo "ledger=$(basename "$ledger" .json) $(tr -d '\n' <"$ledger")"
done

# The names of the variables that sites have, never their values.
[ ! -d "$own/variables" ] || for file in "$own"/variables/*; do
    ! [ -f "$file" ] || variable_names "$file" | sed "s/^/variable=$(basename "$file") /"
done

[ -z "$site" ] || ! id "$site" >/dev/null 2>&1 || echo "taken=user"
[ -z "$site" ] || ! [ -e "/srv/$site" ] || echo "taken=folder"
