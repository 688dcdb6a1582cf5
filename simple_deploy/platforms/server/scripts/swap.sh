# A swap file for a machine with little memory, so that installing packages does not end with a kill.

lock
if [ "$(swapon --show --noheadings | wc -l)" -gt 0 ]; then
    say "There is swap already."
    return 0
fi
file=/swapfile
if [ ! -f "$file" ]; then
    fallocate -l "${megabytes}M" "$file" && chmod 600 "$file" && mkswap "$file" >/dev/null
fi
swapon "$file" || fail "The swap file could not be switched on." "Deploy with --no-swap; with less than 1 GB of memory installing packages may then fail."
grep -q "^$file " /etc/fstab || printf '%s none swap sw 0 0\n' "$file" >>/etc/fstab
