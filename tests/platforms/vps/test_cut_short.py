"""A run on a server that is cut short, and the same command again."""

from __future__ import annotations

import pytest

from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Owner

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]


@proves(
    "A deployment to a server is killed (SIGKILL) after each of its steps, then the same command is run again",
    "One user, one database, and a site that works",
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
