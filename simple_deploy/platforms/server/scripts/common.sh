# What all scripts use. $site is the name of the site: of its user, its folder, its database and its units. What a
# function sets for itself is local, as Debian's and Ubuntu's sh have it: scripts have names of their own.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a

own=/etc/simple_deploy
tools=/opt/simple_deploy

# fail WHAT HINT: end, saying what happened and what to do now.
fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2"
    exit 1
}

# give NAME VALUE: hand a value back to the computer that deploys.
give() {
    printf '=%s=%s\n' "$1" "$2"
}

say() {
    printf '%s\n' "$1"
}

# lock: one run at a time changes the server. One whose connection broke may still be at work there.
lock() {
    exec 9>/run/simple_deploy.lock
    flock -n 9 && return 0
    say "Another run is at work on the server; waiting for it."
    flock -w 900 9 ||
        fail "Another run has been at work on the server for 15 minutes." "See there what it does, \`ps -ef --forest\`, and try again."
}

# put FILE MODE OWNER TEXT: write a whole file at once; false where it says that already.
put() {
    local written
    if [ -f "$1" ] && [ "$(cat -- "$1")" = "$4" ]; then
        chown "$3" -- "$1" && chmod "$2" -- "$1"
        return 1
    fi
    mkdir -p -- "$(dirname -- "$1")"
    written=$(mktemp -- "$(dirname -- "$1")/.new-XXXXXXXX")
    chmod "$2" -- "$written" && chown "$3" -- "$written"
    printf '%s\n' "$4" >"$written"
    mv -f -- "$written" "$1"
}

# as_site FOLDER COMMAND...: run a command as the site's user, with the site's variables, and with those of the file
# $given where there is one: what stands in a command line can be read by every user.
given=
as_site() {
    local folder="$1"
    shift
    systemd-run --quiet --pipe --wait --collect --uid="$site" --gid="$site" \
        --property=EnvironmentFile="$own/variables/$site" --property=WorkingDirectory="$folder" \
        ${given:+--property=EnvironmentFile="$given"} --property=UMask=0022 --setenv=HOME="/srv/$site" --setenv=LC_ALL=C.UTF-8 \
        --setenv=PYTHONUNBUFFERED=1 -- "$@"
}

# alone COMMAND...: run a command as the site's user, with none of the variables.
alone() {
    runuser -u "$site" -- env -i HOME="/srv/$site" PATH="$PATH" LC_ALL=C.UTF-8 \
        SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt UV_CACHE_DIR="/srv/$site/cache" \
        UV_PYTHON_INSTALL_DIR="$tools/pythons" UV_PYTHON_DOWNLOADS=never "$@"
}

# query NAME: a statement on standard input, told to PostgreSQL by its own user, with :name in it.
query() {
    runuser -u postgres -- psql -X -q -t -A -v ON_ERROR_STOP=1 -v name="$1" -d postgres
}

# halt: stop the site and what runs beside it. systemd stops the others with the site, and waits for none of them.
halt() {
    local unit
    systemctl stop "$site.socket" "$site.service"
    for unit in $units; do
        ! [ -e "/etc/systemd/system/$unit" ] || systemctl stop "$unit"
    done
}

# installed PACKAGE: whether it is. Names that end with t64 are those of Debian 13 and Ubuntu 24.04; in older ones they
# end without.
installed() {
    local name
    for name in "$1" "${1%t64}"; do
        case $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null || true) in ii*) return 0 ;; esac
    done
    return 1
}

# variable_names FILE [NAME]: the names of the variables in it, one a line, never their values; or all lines of NAME.
variable_names() {
    awk -v wanted="${2:-}" '
        # A value may go on in the next line: it ends with a quote that no backslash stands before.
        !inside { name = $0; sub(/=.*/, "", name); if (name != "" && wanted == "") print name }
        {
            if (name != "" && name == wanted) print
            line = $0
            if (!inside) { sub(/^[^=]*="/, "", line) }
            gsub(/\\./, "", line)
            inside = (name != "" && line !~ /"$/)
        }' "$1"
}

# variable_fingerprints FILE SALT: a line for each variable, of its name and of what another value would change.
variable_fingerprints() {
    local name
    variable_names "$1" | while read -r name; do
        printf '%s %s\n' "$name" "$( (printf '%s\n' "$2" && variable_names "$1" "$name") | sha256sum | cut -d ' ' -f 1)"
    done
}

ours() {
    [ -f "$own/sites/$site.json" ]
}

there() {
    ours || fail "There is no site $site on the server." "Deploy it first."
}
