"""Two sites on one server."""

from __future__ import annotations

from dataclasses import replace
from ssl import create_default_context
from urllib.request import urlopen

import pytest

from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Owner, Owners

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]


@proves(
    "A second project is deployed to a server that has a site, under the same name, without a domain, then with "
    "its own name and domain, and removed",
    "It learns what is taken; neither site can read the other's variables, files or database; the first one "
    "keeps running",
)
def test_a_second_site_leaves_the_first_alone(owner: Owner, owners: Owners) -> None:
    owner.deployed("--database", "sqlite")
    directory, root = owner.machine.authority()
    with owners.of(owner.machine) as stranger, owner.machine.known_as() as domain:
        stranger.project.git("commit", "--amend", "--quiet", "-m", "Another project, by its first commit")
        refused = stranger.deploy("--database", "sqlite")
        assert refused.exit_code == 3 and "belongs to a site of another project" in refused.output
        other = ("--deployed-project-name", "second", "--database", "postgresql")
        refused = stranger.deploy(*other)
        assert refused.exit_code == 3 and "reached by the server's address already" in refused.output

        bundle = stranger.bundle(root)
        env = {**stranger.project.env, "SSL_CERT_FILE": str(bundle)}
        second = replace(stranger, project=replace(stranger.project, env=env))
        second.change("the second site")
        second.deployed(*other, "--domain", domain, "--certificate-authority", directory)
        with urlopen(f"https://{domain}/", context=create_default_context(cafile=str(bundle))) as page:
            assert "the second site" in page.read().decode()
        assert owner.get("/")[0] == 200 and "the second site" not in owner.get("/")[2]
        readable = owner.machine.ssh(
            "runuser -u blog -- cat /etc/simple_deploy/variables/second /srv/second/shared/data/* 2>&1; true"
        )
        assert "SECRET_KEY" not in readable
        refused = owner.machine.ssh("runuser -u blog -- psql -X -d second -c 'SELECT 1' 2>&1; true")
        assert "does not exist" in refused or "denied" in refused

        second.operate("--destroy", "--yes").expect(0)
        assert owner.get("/")[0] == 200
        assert owner.machine.ssh("ls /etc/simple_deploy/sites /srv").split() == [
            "/etc/simple_deploy/sites:",
            "blog.json",
            "/srv:",
            "blog",
        ]
