# The newest lines of the site's log.

ours || fail "There is no site $site on the server." "Deploy it first."
journalctl --unit "$site.service" --no-pager --output short-iso --lines "$lines"
