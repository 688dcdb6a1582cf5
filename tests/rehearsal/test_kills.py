"""A run that is killed at any step, and the same command again: nothing is there twice, and the site works."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.testing import Shape
from tests.rehearsal.owner import Owner, succeeded, visit
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]

#: Some of the steps of each, among all that a run of it is killed at.
PLATFORMS = {
    "heroku": {"plan.check", "plan.verify", "procfile", "commit", "create", "variables", "database", "push"},
    "flyio": {"plan.check", "plan.verify", "dockerfile", "commit", "create", "postgres", "secrets", "deploy"},
    "upsun": {"plan.check", "plan.verify", "config", "commit", "create", "push", "migrated", "address"},
}
#: Of what, and how many of it, a site with a database is on each. On Fly.io its database is an app.
MADE = {"heroku": ("apps", 1), "flyio": ("apps", 2), "upsun": ("projects", 1)}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_run_that_is_killed_at_each_of_its_steps_is_done_again(platform: str, shapes: Shapes, tmp_path: Path) -> None:
    kind, all_of_them = MADE[platform]
    owner = Owner(project=shapes.project(Shape(), tmp_path / "my site" / "blog"), platform=platform)
    before = owner.fingerprint()
    seen: set[str] = set()
    try:
        # Each attempt goes on from what the one before left: all boundaries, without building everything for each.
        while step := owner.killed_at_a_new_step(seen):
            seen.add(step)
            assert len(owner.world.read().get(kind, {})) <= all_of_them, step
            assert len(owner.made["databases"]) <= 1, step
            assert owner.fingerprint() == before, step
        assert PLATFORMS[platform] <= seen

        done = succeeded(owner.deploy())
        assert len(owner.world.read()[kind]) == all_of_them
        assert {name: len(each) for name, each in owner.made.items()} == {"databases": 1, "sites": 1}
        visit(done.result["url"], newcomer="ada")
        assert owner.fingerprint() == before
    finally:
        owner.world.remove()
