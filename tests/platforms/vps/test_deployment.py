"""From a bare server to a site, and everything after."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from ssl import create_default_context
from urllib.request import urlopen

import pytest

from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Load, Owner, Owners
from tests.support import machines
from tests.support.machines import Machine
from tests.support.waiting import waited

WATCH = (
    "systemd-run -q --unit=watch sh -c "
    "'while sleep 0.05; do ps -eo args; done | awk \"!seen[\\$0]++ { print; fflush() }\" >/run/watched'"
)

#: The packages of a server and its files, but for what any server writes while it runs.
LISTING = (
    "dpkg-query -W -f '${Package}\\n'; find /etc /home /opt /root /srv /usr /var -xdev "
    "-not -path '/var/cache/*' -not -path '/var/log/*' -not -path '/var/lib/systemd/*' -not -path '/var/tmp/*' "
    "-not -path '/var/lib/apt/*' -not -path '/var/lib/logrotate/*' -not -path '/var/lib/postgresql/*' "
    "-not -name __pycache__ -not -name '*.pyc'"
)
#: What the page about servers says stays.
STAYS = ("/opt/simple_deploy", "/etc/simple_deploy", "/etc/caddy/sites", "/etc/ufw")

pytestmark = [pytest.mark.slow, pytest.mark.slice(1), pytest.mark.timeout(3600)]


@proves(
    "A bare Debian becomes a site; its processes and its journal are watched throughout",
    "The site answers over IPv4 and IPv6, a visitor logs in, static files with hashed names are served without "
    "asking the site; only ports 22 and 80 are open, systemd-analyze gives the site's unit at most 3.0, and no "
    "secret was seen",
)
@pytest.mark.parametrize("suite", ["trixie", "bookworm"])
def test_a_bare_server_becomes_a_site(owners: Owners, suite: str) -> None:
    with machines.machine(suite) as machine, owners.of(machine) as owner:
        if suite == "bookworm":
            # Its Python is 3.11, for which Django 5.2 is the newest.
            owner.needs("Django>=5.2,<6\nPillow>=11\n")
        machine.ssh(WATCH)
        done = owner.deployed("--database", "postgresql")

        assert done.result["url"] == owner.url
        served = machine.ssh(
            "/srv/blog/current/.venv/bin/python -c 'import django, sys; print(sys.version_info[1], django.VERSION[0])'"
        )
        assert served.split() == {"trixie": ["13", "6"], "bookworm": ["11", "5"]}[suite]
        status, _, page = owner.get("/")
        assert (status, "<html" in page) == (200, True)
        assert owner.get("/", address=machine.address6)[0] == 200
        status, headers, _ = owner.get(owner.stylesheet())
        assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert owner.get("/no-such-page/")[0] == 404
        owner.says(
            "__import__('django.contrib.auth.models').contrib.auth.models.User.objects.create_superuser"
            "('ada', password='Lovelace1815')"
        )
        owner.visitor().log_in("ada", "Lovelace1815")

        assert machine.ssh("stat -c '%U:%G %a' /etc/simple_deploy/variables/*").strip() == "root:blog 640"
        assert _exposure(machine, "blog.service") <= 3.0
        assert _listening(machine) == {"22", "80"}
        keys = machine.ssh("sed -n 's/^SECRET_KEY=\"\\(.*\\)\"$/\\1/p' /etc/simple_deploy/variables/blog").split()
        assert len(keys) == 1
        machine.ssh("systemctl stop watch")
        seen = machine.ssh("cat /run/watched; journalctl --no-pager")
        assert "gunicorn" in seen
        assert keys[0] not in seen


@proves(
    "A site on a server is deployed again under more than 20 requests a second, rolled back, given a variable with which it does not start, stopped, rebooted, found from a fresh clone, and removed",
    "No request is lost, visitors' uploads stay, the variable is refused, the site comes back by itself, and "
    "nothing of it is left in the end",
)
def test_it_is_looked_after_from_here(owner: Owner, tmp_path: Path) -> None:
    """Redeployed under load, rolled back, stopped and started, rebooted, found again from elsewhere, removed."""
    before = set(owner.machine.ssh(LISTING).splitlines())
    owner.deployed("--database", "sqlite")
    save = "__import__('django.core.files.storage').core.files.storage.default_storage.save"
    file = "__import__('django.core.files.base').core.files.base.ContentFile(b'kept')"
    owner.says(f"{save}('covers/note.txt', {file})")
    assert not owner.told("--daily-backups", "off")["schedule"]["is_on"]
    owner.change("the second release")
    with Load(owner.machine.address) as load:
        load.goes_on()
        owner.deployed()
        load.goes_on(40)
    assert {answer[:3] for answer in load.answers} == {"200"}
    assert owner.serves("the second release")
    charts = {chart["title"]: chart for chart in owner.told("--status")["charts"]}
    assert sum(filter(None, charts["Requests"]["values"])) >= len(load.answers)
    assert re.match(r"\d+ ms on average", charts["Response time"]["summary"])
    assert not owner.told("--backups")["schedule"]["is_on"], "deploying switched them on again"
    assert owner.told("--daily-backups", "on")["schedule"]["is_on"]
    status, headers, text = owner.get("/media/covers/note.txt")
    assert (status, text, headers["content-security-policy"]) == (200, "kept", "sandbox")

    owner.operate("--rollback").expect(0)
    assert "the second release" not in owner.get("/")[2]
    assert "[X] 0001_initial" in owner.operate("--run", "showmigrations posts").expect(0).output
    assert owner.operate("--releases").expect(0).output.count("-") > 2
    short = {"admin_username": "grace", "admin_password": "Hopper"}
    assert "too short" in owner.operate("--run", "createsuperuser", **short).expect(1).output
    made = owner.operate("--run", "createsuperuser", **{**short, "admin_password": "Hopper1906"}).expect(0)
    assert "Hopper1906" not in made.output
    user = "__import__('django.contrib.auth.models').contrib.auth.models.User.objects.get(username='grace')"
    assert "it is True" in owner.says(f"'it is', {user}.is_superuser")
    assert "Hopper" not in owner.machine.ssh("journalctl --no-pager; ls /run/simple_deploy-* 2>&1; true")
    owner.operate("--set", "GREETING", stdin="it's $HOME\n").expect(0)
    told = owner.told("--variables")
    assert "GREETING" in told["variables"] and told["changed"] == [{"name": "GREETING", "how": "set", "when": ""}]
    show = 'shell -c \'import os; print(os.environ.get("GREETING"), len(os.environ["SECRET_KEY"]))\''
    assert "67" in owner.operate("--run", show).expect(0).output
    refused = owner.operate("--set", "DJANGO_SETTINGS_MODULE", stdin="nowhere.at.all\n").expect(1)
    assert "does not start with this change" in refused.output
    assert owner.get("/")[0] == 200
    owner.operate("--unset", "GREETING").expect(0)
    assert owner.told("--variables")["changed"] == []
    assert "None 67" in owner.operate("--run", show).expect(0).output
    owner.operate("--maintenance", "on").expect(0)
    status, headers, page = owner.get("/")
    assert (status, headers["retry-after"], "Back soon" in page) == (503, "120", True)
    assert "shown to every visitor" in owner.operate("--status").expect(0).output
    owner.operate("--maintenance", "off").expect(0)
    assert owner.get("/")[0] == 200
    with owner.following() as lines:
        waited(lambda: owner.get("/followed/")[0] == 404 and any("/followed/" in line for line in lines), "its line")

    owner.operate("--stop").expect(0)
    assert owner.get("/")[0] in {502, 503}
    owner.operate("--start").expect(0)
    assert owner.get("/")[0] == 200

    owner.machine.reboot()
    waited(lambda: owner.get("/")[0] == 200, "the site after the reboot")

    elsewhere = owner.elsewhere(tmp_path / "clone")
    assert owner.url in elsewhere.operate("--status").expect(0).output
    owner.operate("--destroy", "--yes").expect(0)
    left = owner.machine.ssh(
        "ls -d /srv/* /etc/simple_deploy/*/* /etc/systemd/system/blog* 2>/dev/null; id blog 2>&1; true"
    )
    assert left.strip() == "id: ‘blog’: no such user"
    after = set(owner.machine.ssh(LISTING).splitlines())
    assert before - after == set()
    assert sorted(each for each in after - before if not each.startswith(STAYS)) == []


@proves(
    "A site that was reached at its server's address gets a domain, from a computer that reaches the server only "
    "through a jump host, whose key it has not seen",
    "The jump host is named, and nothing is changed; once it is known, an ACME authority gives the site a "
    "certificate; from then on cookies are secure, and http redirects to https",
)
def test_a_domain_brings_a_certificate(owner: Owner, tmp_path: Path) -> None:
    """First by the address, then with a domain: https, its cookies, and the way there from http."""
    owner.deployed("--database", "sqlite")
    directory, root = owner.machine.authority()
    bundle = owner.bundle(root)
    env = {**owner.project.env, "SSL_CERT_FILE": str(bundle)}
    trusting = replace(owner, project=replace(owner.project, env=env)).behind_a_jump_host()
    with owner.machine.known_as() as domain:
        refused = trusting.deploy("--domain", domain, "--certificate-authority", directory)
        assert refused.exit_code == 3 and "The jump host on the way to inner" in refused.output
        trusting.trusts_the_jump_host()
        done = trusting.deployed("--domain", domain, "--certificate-authority", directory)

        assert done.result["url"] == f"https://{domain}/"
        with urlopen(f"https://{domain}/admin/login/", context=create_default_context(cafile=str(bundle))) as page:
            assert page.headers["Strict-Transport-Security"] == "max-age=3600"
            assert "Secure" in page.headers["Set-Cookie"]
        status, headers, _ = owner.get("/", Host=domain)
        assert (status, headers["location"]) == (308, f"https://{domain}/")
        assert re.search(r"Certificate until.{,80}\d days", trusting.operate("--status").expect(0).output)
        trusting.operate("--backup", str(tmp_path / "blog.tar.gz")).expect(0)


def _exposure(machine: Machine, unit: str) -> float:
    """What ``systemd-analyze security`` makes of a unit: from 0, safe, to 10."""
    said = machine.ssh(f"systemd-analyze security --no-pager {unit}")
    found = re.search(r"Overall exposure level for .*?: ([0-9.]+)", said)
    assert found is not None, said
    return float(found[1])


def _listening(machine: Machine) -> set[str]:
    """The ports that can be reached from outside."""
    lines = machine.ssh("ss -H -ltn").splitlines()
    places = [line.split()[3] for line in lines]
    return {each.rpartition(":")[2] for each in places if not each.startswith(("127.", "[::1]"))}
