"""A run on a server that is interrupted, and the same command again."""

from __future__ import annotations

import pytest

from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Owner

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]


@proves(
    "A deployment to a server is killed (SIGKILL) after each of its steps, then the same command is run again",
    "One user, one database, and a working site",
)
def test_a_run_that_is_killed_is_run_again(owner: Owner) -> None:
    """Killed after each of its steps in turn, then the same command: one user, one database, a working site."""
    steps = ("uv", "account", "database", "variables", "install", "prepare", "backup", "migrate", "probe", "switch")
    for step in (*steps, "nightly", "front"):
        owner.killed_after(step, "--database", "postgresql")
    owner.deployed("--database", "postgresql")

    assert owner.get("/")[0] == 200
    assert owner.machine.ssh("grep -c '^blog:' /etc/passwd").strip() == "1"
    listed = owner.machine.ssh("runuser -u postgres -- psql -X -t -A -c 'SELECT datname FROM pg_database'").split()
    assert [name for name in listed if name.startswith("blog")] == ["blog"]
    assert "is running" in owner.operate("--status").expect(0).output


@proves(
    "The connection to a server is cut inside each script that changes something there, and the same command is "
    "run until it succeeds",
    "One user, one database, and a working site",
)
def test_a_connection_that_is_cut_inside_each_script(owner: Owner) -> None:
    """Each script that changes something loses its connection once. The same command, until it goes through."""
    cutting = owner.cut_once_inside_each_script()
    tries = 0
    while cutting.deploy("--database", "postgresql").exit_code:
        tries += 1
        assert tries < 30, "it never goes through"

    assert tries >= 10
    assert owner.get("/")[0] == 200
    assert owner.machine.ssh("grep -c '^blog:' /etc/passwd").strip() == "1"
    assert owner.machine.ssh("ls /var/tmp | grep -c simple_deploy; true").strip() in {"0", "1", "2"}
