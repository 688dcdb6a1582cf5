# include serving
# Let the release serve. systemd holds the socket: requests that arrive meanwhile wait in it. Where the release does not
# start, the one before serves again.

lock
release=/srv/$site/releases/$id
before=$(readlink "$good" 2>/dev/null || readlink "$link" 2>/dev/null || true)
rm -rf -- "$release/units"
install -d -m 0755 "$release/units"
printf '%s\n' "$unit_files" | awk -v folder="$release/units" '
    /^# unit / { if (file) close(file); file = folder "/" $3; next }
    file { print > file }'
if ! serves "$release"; then
    tell_why
    what=${down:-The release}
    if [ -n "$before" ] && [ "$before" != "$release" ] && [ -d "$before" ]; then
        serves "$before" || true
        fail "$what did not start; the release before serves again." "The lines above say why."
    fi
    fail "$what did not start." "The lines above say why."
fi
# What the variables are now, to tell later which have changed.
salt=$(tr -dc a-f0-9 </dev/urandom | head -c 32)
made_with=$(printf '%s\n' "$salt" && variable_fingerprints "$own/variables/$site" "$salt")
put "$release/made-with" 0600 root:root "$made_with" || true
# The newest five stay, and the one that serves.
ls -1 "/srv/$site/releases" | sort -r | tail -n +6 | while read -r old; do
    [ "/srv/$site/releases/$old" = "$(readlink "$link")" ] || rm -rf -- "/srv/$site/releases/$old"
done
say "$id serves."
