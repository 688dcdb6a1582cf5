# include serving
# The site's variables: $own/variables/$site, for root to write and the site to read. $fresh has those that are
# replaced each time, $first those that count only where there is none yet. Both are lines of NAME="value". $dropped is
# the name of one that goes away, or empty; $restart says whether the site has to serve with the new ones now.

lock
file=$own/variables/$site
old=
[ ! -f "$file" ] || old=$(cat "$file")
text=$(
    {
        printf '%s\n' "$fresh"
        printf '%s\n' "$old"
        printf '%s\n' "$first"
    } | awk -v dropped="$dropped" '
        BEGIN { if (dropped != "") seen[dropped] = 1 }
        # A value may go on in the next line: it ends with a quote that no backslash stands before.
        !inside { name = $0; sub(/=.*/, "", name); keep = name != "" && !(name in seen); if (keep) seen[name] = 1 }
        {
            line = $0
            if (!inside) { sub(/^[^=]*="/, "", line) }
            gsub(/\\./, "", line)
            inside = (name != "" && line !~ /"$/)
            if (keep && name != "") print
        }'
)
install -d -m 0755 "$own/variables"
if put "$file" 0640 "root:$site" "$text"; then
    say "The variables have changed."
    if [ "$restart" = yes ] && systemctl is-active --quiet "$site.service" && ! serves "$(readlink "$link")"; then
        tell_why
        put "$file" 0640 "root:$site" "$old" || true
        serves "$(readlink "$link")" || true
        fail "The site does not start with this change, so the variables are what they were." "The lines above say why."
    fi
fi
