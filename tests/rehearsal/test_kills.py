"""A run that is killed at any step, and the same command again: nothing is there twice, and the site works."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.engine import planner
from simple_deploy.runs.scope import INSPECT
from simple_deploy.testing import Shape
from tests.rehearsal.owner import Owner, succeeded, visit
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]

#: Planning is the same wherever it leads to, so it is killed once.
PLANNING = frozenset(head.id for head in (INSPECT, *planner.HEADS))
#: What a site is on each platform, what was killed before, and what has to have been among the steps.
PLATFORMS = {
    "heroku": ("apps", frozenset[str](), {*PLANNING, "create", "variables", "database", "push"}),
    "flyio": ("apps", PLANNING, {"create", "postgres", "secrets", "deploy"}),
    "upsun": ("projects", PLANNING, {"create", "variables", "push", "migrated", "address"}),
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_run_that_is_killed_at_each_of_its_steps_is_done_again(platform: str, shapes: Shapes, tmp_path: Path) -> None:
    kind, already, expected = PLATFORMS[platform]
    owner = Owner(project=shapes.project(Shape(), tmp_path / "my site" / "blog"), platform=platform)
    before = owner.fingerprint()
    seen = set(already)
    try:
        # Each attempt goes on from what the one before left: all boundaries, without building everything for each.
        while step := owner.killed_at_a_new_step(seen):
            seen.add(step)
            assert len(owner.world.read().get(kind, {})) <= 1, step
            assert len(owner.made["databases"]) <= 1, step
            assert owner.fingerprint() == before, step
        assert expected <= seen

        done = succeeded(owner.deploy())
        assert len(owner.world.read()[kind]) == 1
        assert {name: len(each) for name, each in owner.made.items()} == {"databases": 1, "sites": 1}
        visit(done.result["url"], newcomer="ada")
        assert owner.fingerprint() == before
    finally:
        owner.world.stop_all()
