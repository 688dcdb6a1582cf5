# Let the release serve. systemd holds the socket: requests that arrive meanwhile wait in it. Where the release does not
# start, the one before serves again.

release=/srv/$site/releases/$id
link=/srv/$site/current
before=$(readlink "$link" 2>/dev/null || true)
changed=
put "/etc/systemd/system/$site.socket" 0644 root:root "$socket_unit" && changed=yes || true
put "/etc/systemd/system/$site.service" 0644 root:root "$service_unit" && changed=yes || true
[ -z "$changed" ] || systemctl daemon-reload
ln -sfn "$release" "$link.new" && mv -T "$link.new" "$link"
systemctl enable --quiet "$site.socket" "$site.service"
systemctl start "$site.socket"
if ! systemctl restart "$site.service"; then
    journalctl --unit "$site.service" --no-pager --output cat --lines 30 || true
    if [ -n "$before" ] && [ "$before" != "$release" ]; then
        ln -sfn "$before" "$link.new" && mv -T "$link.new" "$link"
        systemctl restart "$site.service" || true
    fi
    fail "The release did not start; the one before serves." "Its log is above."
fi
# The newest five stay, and the one that serves.
ls -1 "/srv/$site/releases" | sort -r | tail -n +6 | while read -r old; do
    [ "/srv/$site/releases/$old" = "$(readlink "$link")" ] || rm -rf -- "/srv/$site/releases/$old"
done
say "$id serves."
