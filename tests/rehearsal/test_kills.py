"""A run that is killed at any step, and the same command again: nothing is there twice, and the site works."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.testing import Shape
from tests.rehearsal.owner import Owner, succeeded, visit
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]


def test_a_run_that_is_killed_at_each_of_its_steps_is_done_again(shapes: Shapes, tmp_path: Path) -> None:
    owner = Owner(project=shapes.project(Shape(), tmp_path / "my site" / "blog"), platform="heroku")
    before = owner.fingerprint()
    seen: set[str] = set()
    try:
        # Each attempt goes on from what the one before left: all boundaries, without building everything for each.
        while step := owner.killed_at_a_new_step(seen):
            seen.add(step)
            assert len(owner.world.read().get("apps", {})) <= 1, step
            assert len(owner.made["databases"]) <= 1, step
            assert owner.fingerprint() == before, step
        print(f"killed at {len(seen)} steps: {', '.join(sorted(seen))}")
        assert {"create", "variables", "database", "push"} <= seen

        done = succeeded(owner.deploy())
        assert ([*owner.world.read()["apps"]], len(owner.made["databases"])) == (["slow-train"], 1)
        visit(done.result["url"], newcomer="ada")
        assert owner.fingerprint() == before
    finally:
        owner.world.stop_all()
