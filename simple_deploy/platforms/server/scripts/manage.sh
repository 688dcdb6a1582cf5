# A management command on the site, as its user and with its variables. $words is a shell's list of words.

there
release=$(readlink -f "/srv/$site/current") || fail "The site has no release yet." "Deploy it first."
eval "set -- $words"
as_site "$release/code/$project_folder" "$release/.venv/bin/python" manage.py "$@"
