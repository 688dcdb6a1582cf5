"""Managers and layouts on a platform that its own tests do not pair: made once, served, found again, removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.testing import Shape
from tests.rehearsal.owner import Owner, succeeded, visit
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]

#: With what tests/platforms/flyio and tests/platforms/upsun rehearse, every pair of platform, manager and layout.
MISSING = (
    ("heroku", Shape(layout="nested", manager="uv")),
    ("heroku", Shape(manager="pipenv")),
    ("heroku", Shape(layout="nested", manager="poetry")),
)


@pytest.mark.parametrize(("platform", "shape"), MISSING, ids=lambda each: str(getattr(each, "manager", each)))
def test_a_site_of_another_kind_is_made_once_and_removed(
    platform: str, shape: Shape, shapes: Shapes, tmp_path: Path
) -> None:
    owner = Owner(project=shapes.project(shape, tmp_path / "my site" / "blog"), platform=platform)
    before = owner.fingerprint()
    try:
        first = succeeded(owner.deploy())
        visit(first.result["url"], newcomer="ada")
        made = owner.made
        assert {kind: len(each) for kind, each in made.items()} == {"databases": 1, "sites": 1}

        again = succeeded(owner.deploy())
        assert again.result["url"] == first.result["url"]
        assert owner.made == made
        visit(first.result["url"], newcomer="grace")

        succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
        assert not any(owner.made.values()), owner.made
        assert owner.running() == []
        assert owner.fingerprint() == before
    finally:
        owner.world.stop_all()
