# Python of the release that serves, as the site's user and with its variables. $words is a shell's list of words;
# $secrets has further variables, as lines of NAME="value".

there
release=$(readlink -f "/srv/$site/current") || fail "The site has no release yet." "Deploy it first."
if [ -n "$secrets" ]; then
    given=$(mktemp /run/simple_deploy-XXXXXXXX)
    trap 'rm -f -- "$given"' EXIT
    printf '%s\n' "$secrets" >"$given"
fi
eval "set -- $words"
as_site "$release/code/$project_folder" "$release/.venv/bin/python" "$@"
