# Let an earlier release serve. The database stays as it is.

ours || fail "There is no site $site on the server." "Deploy it first."
link=/srv/$site/current
now=$(basename "$(readlink "$link")")
if [ -z "$id" ]; then
    id=$(ls -1 "/srv/$site/releases" | sort | awk -v now="$now" '$0 == now { exit } { before = $0 } END { print before }')
    [ -n "$id" ] || fail "There is no earlier release to roll back to." "The last five are kept; this is the first."
fi
[ -x "/srv/$site/releases/$id/.venv/bin/python" ] ||
    fail "There is no release “$id” of $site." "There are: $(ls -1 "/srv/$site/releases" | tr '\n' ' ')"
ln -sfn "/srv/$site/releases/$id" "$link.new" && mv -T "$link.new" "$link"
if ! systemctl restart "$site.service"; then
    ln -sfn "/srv/$site/releases/$now" "$link.new" && mv -T "$link.new" "$link"
    systemctl restart "$site.service" || true
    fail "$id did not start; $now serves." "Its log says why: --logs"
fi
say "$id serves."
