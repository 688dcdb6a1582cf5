"""What happens on Heroku alone, as it is played on this computer; the rest is in tests/rehearsal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from simple_deploy_heroku.simulator.replies import REPLIES

from simple_deploy.testing import Shape
from tests.rehearsal.owner import Owner, succeeded
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900), pytest.mark.slice(1)]


@pytest.fixture
def owner(shapes: Shapes, tmp_path: Path) -> Iterator[Owner]:
    found = Owner(project=shapes.project(Shape(), tmp_path / "my site" / "blog"), platform="heroku")
    yield found
    found.world.remove()


def test_nothing_is_said_to_be_removed_while_nobody_is_logged_in(owner: Owner) -> None:
    owner.deploy("--scenario", "logged-out")

    refused = owner.rehearse("--destroy", "--yes", "--no-input")

    assert refused.exit_code == 3, refused
    assert "nothing was removed" in refused.result["error"]["message"]


def test_whatever_nobody_has_seen_may_be_the_other_way(owner: Owner) -> None:
    """Every row without a source, in its second variant."""
    assert any(not reply.verified for row in REPLIES.rows.values() for reply in row)
    with owner.world.change() as state:
        state["variant"] = 1

    failed = owner.deploy("--scenario", "name-taken")
    assert "somebody else" in failed.result["error"]["message"]
    failed = owner.deploy("--scenario", "migration-fails")
    assert failed.exit_code == 1
    succeeded(owner.deploy())
    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))


def test_an_account_without_a_card_is_told_so(owner: Owner) -> None:
    for variant in (0, 1):
        with owner.world.change() as state:
            state.update({"variant": variant, "unverified": True})

        failed = owner.deploy()

        assert "payment card" in failed.result["error"]["message"]
        assert "heroku.com/verify" in failed.result["error"]["hint"]
    assert owner.world.read().get("apps", {}) == {}
