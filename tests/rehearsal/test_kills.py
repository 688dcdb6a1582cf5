"""A deployment that is killed at any of its steps, and the same command again: nothing is there twice, and the site works.

What a plan leaves that is killed has nothing to do with the platform: see tests/attacks/test_boundaries.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rehearsal.owner import Owner, succeeded, visit
from tests.rehearsal.platforms import Platform, each_platform
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(1800)]


@each_platform
@pytest.mark.parametrize("first", ["odd", "even"])
def test_a_deployment_that_is_killed_at_its_steps_is_done_again(
    first: str, platform: Platform, shapes: Shapes, tmp_path: Path
) -> None:
    kind, all_of_them = platform.apps
    owner = Owner(project=shapes.project(platform.simplest, tmp_path / "my site" / "blog"), platform=platform.slug)
    before = owner.fingerprint()
    try:
        steps = [step["id"] for step in owner.plan()["steps"]]
        # Each attempt goes on from what the one before left: all boundaries, without building everything for each.
        for step in steps[first == "even" :: 2]:
            owner.killed_at(step)
            assert len(owner.world.read().get(kind, {})) <= all_of_them, step
            assert len(owner.made["databases"]) <= 1, step
            assert owner.fingerprint() == before, step

        done = succeeded(owner.deploy())
        assert len(owner.world.read()[kind]) == all_of_them
        assert {name: len(each) for name, each in owner.made.items()} == {"databases": 1, "sites": 1}
        visit(done.result["url"], newcomer="ada")
        assert owner.fingerprint() == before
    finally:
        owner.world.remove()
