"""Obstacles on a server, or on the way to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Owner
from tests.support.waiting import waited

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]


@proves(
    "On a server another program has port 80, a domain leads elsewhere, sudo is missing, is too narrow or wants "
    "a password, there is little memory, a kernel without swap and no room for what is sent, another program "
    "holds apt's lock, the host key has changed",
    "Each is named with a way out, most of them before anything is changed; the site does without swap; the tool "
    "waits for apt's lock; the password is never shown",
)
def test_what_stands_in_the_way_is_named(owner: Owner) -> None:
    machine = owner.machine
    machine.ssh(
        "systemctl disable -q --now caddy && systemd-run -q --unit=other --working-directory=/tmp python3 -m http.server 80"
    )
    waited(lambda: "python3" in machine.ssh("ss -H -ltnp 'sport = :80'"), "a program on port 80")
    refused = owner.deploy("--database", "sqlite")
    assert refused.exit_code == 3 and "belongs to python3" in refused.output
    machine.ssh("systemctl stop other")

    machine.ssh(
        "useradd -m ada && install -d -m 700 -o ada ~ada/.ssh && install -o ada ~/.ssh/authorized_keys ~ada/.ssh"
    )
    with owner.machine.known_as("203.0.113.9") as domain:
        refused = owner.deploy("--database", "sqlite", "--domain", domain)
        assert refused.exit_code == 3 and "203.0.113.9, and that is not this server" in refused.output

    machine.ssh("echo ada:Lovelace1815 | chpasswd")
    ada = replace(owner, user="ada", password="Lovelace1815")
    refused = ada.deploy("--database", "sqlite")
    assert refused.exit_code == 3 and "may not use sudo" in refused.output
    machine.ssh("echo 'ada ALL=(root) /usr/bin/true' >/etc/sudoers.d/ada")
    refused = ada.deploy("--database", "sqlite")
    assert refused.exit_code == 3 and "some things on the server, but not this" in refused.output
    # The one command that is asked of sudo, by its name.
    machine.ssh("echo 'ada ALL=(root) /usr/bin/sh -s' >/etc/sudoers.d/ada")
    refused = replace(ada, password="").deploy("--database", "sqlite")
    assert refused.exit_code == 3 and "sudo asks for a password" in refused.output

    # The machine is told to have 480 MB. Its kernel is this computer's, which takes no swap from it.
    machine.ssh(
        f"sed 's/^MemTotal:.*/MemTotal: {480 * 1024} kB/' /proc/meminfo >/run/little && mount --bind /run/little /proc/meminfo"
    )
    # apt is busy for a while, as it is on a new server, and what is missing is installed afterwards.
    machine.ssh("dpkg -r --force-depends unattended-upgrades >/dev/null 2>&1; true")
    hold = "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(90)"
    machine.ssh(f'systemd-run -q --unit=hold python3 -c "{hold}"')
    # Where what is sent arrives, there is hardly any room.
    machine.ssh("mount -t tmpfs -o size=1m,mode=1777 none /var/tmp")
    refused = ada.deploy("--database", "sqlite").expect(1)
    assert {"server.memory", "server.apt"} <= {*refused.findings}
    assert any("lets nobody add swap" in line for line in refused.log)
    assert machine.ssh("ls /swapfile* 2>/dev/null; grep swapfile /etc/fstab; true") == ""
    assert "has no space for the files that are sent to it" in refused.output
    assert machine.ssh("ls /var/tmp") == ""
    machine.ssh(
        "umount /var/tmp && mkdir /var/tmp/simple_deploy-left0000 && touch -d '2 days ago' /var/tmp/simple_deploy-left0000"
    )
    ada.deployed("--database", "sqlite")
    assert ada.get("/")[0] == 200
    assert machine.ssh("ls -d /var/tmp/simple_deploy-* 2>/dev/null; true") == ""
    assert "is running" in ada.operate("--status").expect(0).output
    assert "asks for a password" in replace(ada, password="").operate("--status").expect(1).output
    # Where sudo asks for none, a password that is given all the same is nowhere to be seen.
    machine.ssh("echo 'ada ALL=(root) NOPASSWD: /usr/bin/sh -s' >/etc/sudoers.d/ada")
    for each in (ada, replace(ada, password="")):
        said = each.operate("--status").expect(0).output
        assert "is running" in said and "Lovelace1815" not in said

    machine.ssh("rm /etc/ssh/ssh_host_* && ssh-keygen -q -A && sync")
    machine.reboot()
    refused = ada.operate("--status")
    assert refused.exit_code and "has changed" in refused.output and "ssh-keygen -R" in refused.output
