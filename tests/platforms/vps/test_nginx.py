"""A server whose nginx already serves something."""

from __future__ import annotations

import re
from dataclasses import replace
from ssl import create_default_context
from urllib.request import urlopen

import pytest

from simple_deploy.platforms.server import front
from simple_deploy.platforms.server.inspection import PACKAGES
from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Owner, Owners
from tests.support import machines

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]

#: What somebody has set up. It claims no default, as sites on a server seldom do.
BEFORE = """\
systemctl disable -q --now caddy
mkdir -p /var/www/other && echo 'the site that was there first' >/var/www/other/index.html
rm -f /etc/nginx/sites-enabled/default
cat >/etc/nginx/sites-enabled/other <<'END'
server {
    listen 80;
    listen [::]:80;
    server_name other.test;
    root /var/www/other;
}
END
systemctl enable -q nginx && systemctl restart nginx
"""


@proves(
    "A server's nginx already serves another site; a site is deployed next to it, at the server's address, then "
    "with a domain, and removed",
    "nginx serves both, with a certificate from certbot that is renewed; what it served before, including names "
    "that nobody assigned to it, stays as it is throughout",
)
def test_nginx_serves_the_site_beside_what_it_served_before(owners: Owners) -> None:
    with machines.machine(packages=(*PACKAGES, *front.PACKAGES, "nginx")) as machine, owners.of(machine) as owner:
        machine.ssh(BEFORE)
        done = owner.deployed("--database", "sqlite")

        assert done.result["url"] == owner.url
        assert owner.get("/")[0] == owner.get("/", address=machine.address6)[0] == 200
        status, headers, _ = owner.get(owner.stylesheet())
        assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        machine.ssh("install -o blog -g blog /dev/null /srv/blog/shared/media/note.txt")
        status, headers, _ = owner.get("/media/note.txt")
        assert (status, headers["content-security-policy"]) == (200, "sandbox")
        owner.operate("--maintenance", "on").expect(0)
        status, headers, page = owner.get("/admin/login/")
        assert (status, headers["retry-after"], "Back soon" in page) == (503, "120", True)
        owner.operate("--maintenance", "off").expect(0)
        assert owner.get("/admin/login/")[0] == 200
        _is_as_before(owner)

        directory, root = machine.authority()
        bundle = owner.bundle(root)
        env = {**owner.project.env, "SSL_CERT_FILE": str(bundle)}
        trusting = replace(owner, project=replace(owner.project, env=env))
        with machine.known_as() as domain:
            trusting.deployed("--domain", domain, "--certificate-authority", directory)

            context = create_default_context(cafile=str(bundle))
            with urlopen(f"https://{domain}/admin/login/", context=context) as page:
                assert page.headers["Strict-Transport-Security"] == "max-age=3600"
                assert "Secure" in page.headers["Set-Cookie"]
            status, headers, _ = owner.get("/", Host=domain)
            assert (status, headers["location"]) == (308, f"https://{domain}/")
            said = trusting.operate("--status").expect(0).output
            assert re.search(r"Certificate until.{,80}\d days", said) and "nginx" in said
            machine.ssh(
                "systemctl is-active certbot.timer && certbot renew --quiet --force-renewal --no-random-sleep-on-renew"
            )
            with urlopen(f"https://{domain}/", context=context) as page:
                assert page.status == 200
        _is_as_before(owner)

        owner.operate("--destroy", "--yes").expect(0)
        assert machine.ssh("ls /etc/nginx/sites-enabled /etc/letsencrypt/live").split() == [
            "/etc/letsencrypt/live:",
            "README",
            "/etc/nginx/sites-enabled:",
            "other",
        ]
        _is_as_before(owner)


def _is_as_before(owner: Owner) -> None:
    """What nginx served is served, also for a name that nobody gave it."""
    for name in ("other.test", "unknown.test"):
        assert "was there first" in owner.get("/", Host=name)[2], name
    assert owner.machine.ssh("systemctl is-active caddy; true").strip() != "active"
