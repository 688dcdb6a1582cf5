"""A build that takes long is watched, and cancelled in its middle: the project is as it was, and trying again works.

On Fly.io that is one of the scenarios in tests/platforms/flyio/test_scenarios.py."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from simple_deploy.testing import Shape
from tests.rehearsal.owner import Owner, succeeded, visit
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]


@pytest.mark.parametrize("platform", ["heroku", "upsun"])
def test_a_slow_build_is_watched_and_cancelled(platform: str, shapes: Shapes, tmp_path: Path) -> None:
    # On one of them it is the same slow build again, to its end.
    then = ("--scenario", "slow-build") if platform == "upsun" else ()
    owner = Owner(project=shapes.project(Shape(), tmp_path / "my site" / "blog"), platform=platform)
    before = owner.fingerprint()
    said: list[str] = []
    try:
        with owner.deploying("--scenario", "slow-build") as command:
            assert command.stdout is not None
            for line in command.stdout:
                said.append(line)
                if "still building" in line and "2 of 30 s" in line:
                    command.send_signal(signal.SIGINT)
                    break
            said += command.stdout
        assert command.returncode not in (0, None), said[-5:]
        result = json.loads(next(line for line in reversed(said) if line.startswith('{"type": "result"')))
        assert result["status"] == "cancelled", result
        assert result["error"]["message"], result
        assert not any("30 of 30 s" in line for line in said)
        assert owner.fingerprint() == before

        done = succeeded(owner.deploy(*then))
        visit(done.result["url"], newcomer="ada")
        assert {kind: len(each) for kind, each in owner.made.items()} == {"databases": 1, "sites": 1}
        assert owner.fingerprint() == before
    finally:
        owner.world.remove()
