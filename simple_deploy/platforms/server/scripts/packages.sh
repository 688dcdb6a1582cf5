# Install what is missing of $packages. apt may be at work for somebody else: it is waited for.

lock
missing=
for package in $packages; do
    installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
    say "All packages are there."
    return 0
fi

apt() {
    apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold -y -qq "$@" 2>&1
}

# What an earlier run may have left half done.
dpkg --configure -a --force-confold >/dev/null 2>&1 || true
apt update || true
wanted=
for package in $missing; do
    apt-cache show -- "$package" >/dev/null 2>&1 || package=${package%t64}
    wanted="$wanted $package"
done
# shellcheck disable=SC2086  # a list of words
if ! apt install --no-install-recommends $wanted >/var/log/simple_deploy-apt.log; then
    tail -n 20 /var/log/simple_deploy-apt.log
    fail "The packages could not be installed:$wanted." \
        "The lines above say why. Where another program holds apt's lock for long, wait for it and try again."
fi
if [ ! -f /etc/apt/apt.conf.d/20auto-upgrades ]; then
    printf 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n' \
        >/etc/apt/apt.conf.d/20auto-upgrades
fi
