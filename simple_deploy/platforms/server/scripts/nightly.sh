# A backup each night, by a timer. $program is the script that makes it.

lock
put "/srv/$site/nightly.sh" 0700 root:root "$program" || true
changed=
! put "/etc/systemd/system/$site.nightly.service" 0644 root:root "$service_unit" || changed=yes
! put "/etc/systemd/system/$site.nightly.timer" 0644 root:root "$timer_unit" || changed=yes
[ -z "$changed" ] || systemctl daemon-reload
systemctl enable --quiet --now "$site.nightly.timer"
