# A swap file for a machine with little memory, so that installing packages does not end with a kill. Machines that share
# the kernel of their provider's may have none: they do without.

lock
if [ "$(swapon --show --noheadings | wc -l)" -gt 0 ]; then
    say "There is swap already."
    return 0
fi
file=/swapfile
made=
if [ ! -f "$file" ]; then
    # It gets its name when it is whole.
    rm -f -- "$file.new"
    install -m 0600 /dev/null "$file.new"
    fallocate -l "${megabytes}M" "$file.new" || fail "There is no room for ${megabytes} MB of swap." "Make room there: \`df -h\` says where. Or deploy with --no-swap."
    mkswap "$file.new" >/dev/null
    mv -- "$file.new" "$file"
    made=yes
fi
if ! swapon "$file"; then
    [ -z "$made" ] || rm -f -- "$file"
    say "The server lets nobody add swap, so it does without. A package that needs much memory may be killed while it is installed."
    return 0
fi
grep -q "^$file " /etc/fstab || printf '%s none swap sw 0 0\n' "$file" >>/etc/fstab
