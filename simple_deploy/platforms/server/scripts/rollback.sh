# include serving
# Let an earlier release serve. The database stays as it is.

there
lock
now=$(readlink "$link")
if [ -z "$id" ]; then
    id=$(ls -1 "/srv/$site/releases" | sort |
        awk -v now="$(basename "$now")" '$0 == now { exit } { before = $0 } END { print before }')
    [ -n "$id" ] || fail "There is no earlier release to roll back to." "The last five are kept; this is the first."
fi
[ -x "/srv/$site/releases/$id/.venv/bin/python" ] ||
    fail "There is no release “$id” of $site." "There are: $(ls -1 "/srv/$site/releases" | tr '\n' ' ')"
if ! serves "/srv/$site/releases/$id"; then
    tell_why
    serves "$now" || true
    fail "$id did not start; $(basename "$now") serves." "The lines above say why."
fi
say "$id serves."
