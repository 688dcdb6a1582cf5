# The names of the site's variables, one a line, never their values.

there
awk '
    # A value may go on in the next line: it ends with a quote that no backslash stands before.
    !inside { name = $0; sub(/=.*/, "", name); if (name != "") print "variable=" name }
    {
        line = $0
        if (!inside) { sub(/^[^=]*="/, "", line) }
        gsub(/\\./, "", line)
        inside = (name != "" && line !~ /"$/)
    }' "$own/variables/$site"
