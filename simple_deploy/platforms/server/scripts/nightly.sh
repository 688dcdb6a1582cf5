# A backup each night, by a timer, unless somebody switched that off. $program is the script that makes it.

lock
put "/srv/$site/nightly.sh" 0700 root:root "$program" || true
changed=
! put "/etc/systemd/system/$site.nightly.service" 0644 root:root "$service_unit" || changed=yes
! put "/etc/systemd/system/$site.nightly.timer" 0644 root:root "$timer_unit" || changed=yes
[ -z "$changed" ] || systemctl daemon-reload
[ -e "/srv/$site/no-nightly" ] || systemctl enable --quiet --now "$site.nightly.timer"
