# The newest lines of the log of the site and of what runs beside it; with $follow also those that come.

there
set -- --unit "$site.service" --unit "$site.*.service" --no-pager --output short-iso --lines "$lines"
[ "$follow" != yes ] || set -- "$@" --follow
exec journalctl "$@"
