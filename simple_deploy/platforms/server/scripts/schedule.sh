# Whether the site is backed up each night, and what is kept. With $wanted that is switched on or off first, and stays so
# when the site is deployed again.

there
off=/srv/$site/no-nightly
case $wanted in
on)
    lock
    rm -f -- "$off"
    systemctl enable --quiet --now "$site.nightly.timer" ||
        fail "The server has no timer for nightly backups of the site." "Deploy again: that makes it."
    ;;
off)
    lock
    : >"$off"
    systemctl disable --quiet --now "$site.nightly.timer" || true
    ;;
esac
echo "nightly=$(systemctl is-enabled "$site.nightly.timer" 2>/dev/null || true)"
ls -1 "/srv/$site/backups" 2>/dev/null | grep '^nightly-[0-9]*$' | sort -r | sed 's/^/kept=/' || true
