"""From a bare server to a site, and everything after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from ssl import create_default_context
from urllib.request import urlopen

import pytest

from tests.platforms.vps.conftest import Load, Owner
from tests.support.waiting import waited

SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")

pytestmark = [pytest.mark.slow, pytest.mark.slice(1), pytest.mark.timeout(1500)]


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_a_bare_server_becomes_a_site(owner: Owner, database: str, tmp_path: Path) -> None:
    done = owner.deployed("--database", database)

    assert done.result["url"] == owner.url
    status, _, page = owner.get("/")
    assert (status, "<html" in page) == (200, True)
    status, headers, _ = owner.get(owner.stylesheet())
    assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert owner.get("/no-such-page/")[0] == 404
    assert owner.machine.ssh("stat -c '%U:%G %a' /etc/simple_deploy/variables/*").strip() == "root:blog 640"


def test_it_is_looked_after_from_here(owner: Owner, tmp_path: Path) -> None:
    """Redeployed under load, rolled back, stopped and started, rebooted, found again from elsewhere, removed."""
    owner.deployed()
    owner.change("the second release")
    with Load(owner.machine.address) as load:
        load.goes_on()
        owner.deployed()
        load.goes_on(40)
    assert {answer[:3] for answer in load.answers} == {"200"}
    assert owner.serves("the second release")

    owner.operate("--rollback").expect(0)
    assert "the second release" not in owner.get("/")[2]
    assert "[X] 0001_initial" in owner.operate("--run", "showmigrations posts").expect(0).output
    assert owner.operate("--releases").expect(0).output.count("-") > 2
    owner.operate("--set", "GREETING", stdin="it's $HOME\n").expect(0)
    assert "GREETING" in owner.operate("--variables").expect(0).output
    show = 'shell -c \'import os; print(os.environ.get("GREETING"), len(os.environ["SECRET_KEY"]))\''
    assert "67" in owner.operate("--run", show).expect(0).output
    owner.operate("--unset", "GREETING").expect(0)
    assert "None 67" in owner.operate("--run", show).expect(0).output
    owner.operate("--stop").expect(0)
    assert owner.get("/")[0] in {502, 503}
    owner.operate("--start").expect(0)
    assert owner.get("/")[0] == 200

    owner.machine.reboot()
    waited(lambda: owner.get("/")[0] == 200, "the site after the reboot")

    elsewhere = owner.elsewhere(tmp_path / "clone")
    assert owner.url in elsewhere.operate("--status", "--answers", str(owner.home / "answers.json")).expect(0).output
    owner.operate("--destroy", "--yes").expect(0)
    left = owner.machine.ssh(
        "ls -d /srv/* /etc/simple_deploy/*/* /etc/systemd/system/blog* 2>/dev/null; id blog 2>&1; true"
    )
    assert left.strip() == "id: ‘blog’: no such user"


def test_a_domain_brings_a_certificate(owner: Owner) -> None:
    """First by the address, then with a domain: https, its cookies, and the way there from http."""
    owner.deployed("--database", "sqlite")
    directory, root = owner.machine.authority()
    bundle = owner.home / "authorities.pem"
    bundle.write_text(SYSTEM.read_text(encoding="utf-8") + root, encoding="utf-8")
    env = {**owner.project.env, "SSL_CERT_FILE": str(bundle)}
    trusting = replace(owner, project=replace(owner.project, env=env))
    with owner.machine.known_as() as domain:
        done = trusting.deployed("--domain", domain, "--certificate-authority", directory)

        assert done.result["url"] == f"https://{domain}/"
        with urlopen(f"https://{domain}/admin/login/", context=create_default_context(cafile=str(bundle))) as page:
            assert page.headers["Strict-Transport-Security"] == "max-age=3600"
            assert "Secure" in page.headers["Set-Cookie"]
        status, headers, _ = owner.get("/", Host=domain)
        assert (status, headers["location"]) == (308, f"https://{domain}/")
        assert "Certificate until" in trusting.operate("--status").expect(0).output
