"""What a rehearsal can meet on Fly.io: each failure names its cause and what to do, the project stays as it was, and the
same command without the scenario goes on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_deploy.platforms.simulation import SCENARIOS
from simple_deploy.testing import Outcome, Shape
from tests.rehearsal.owner import NAME, Owner, succeeded, visit
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]

#: What a failure says, in its message or its hint: the cause first, then what to do. In the order in which they happen.
REFUSED = {
    "cli-missing": ("not installed", "fly.io/install.sh"),
    "logged-out": ("logged in", "fly auth login"),
    "name-taken": (f"The name {NAME} is taken", "--deployed-project-name"),
    "network-lost": ("The connection to Fly.io broke", "online"),
    "build-fails": ("could not be built", "Mend that, commit it"),
    "migration-fails": ("the command that runs before a release failed", "What it printed says why"),
    "health-check-fails": ("did not pass the health check", "ALLOWED_HOSTS"),
}
STOPPED = "slow-build"
GOES_WELL = "database-exists"


@pytest.fixture
def owner(shapes: Shapes, tmp_path: Path) -> Iterator[Owner]:
    found = Owner(project=shapes.project(Shape(), tmp_path / "my site" / "blog"), platform="flyio")
    yield found
    found.world.remove()


def test_every_scenario_is_tried() -> None:
    assert {*REFUSED, STOPPED, GOES_WELL} == {*SCENARIOS}


def test_what_goes_wrong_is_explained_and_the_next_attempt_works(owner: Owner) -> None:
    before = owner.fingerprint()
    for scenario, (cause, now) in REFUSED.items():
        failed = owner.deploy("--scenario", scenario)
        assert failed.exit_code in (1, 3), (scenario, failed)
        said = told(failed)
        assert cause.lower() in said.lower() and now in said, (scenario, said)
        assert owner.fingerprint() == before, scenario
        assert not owner.made["sites"], scenario

    assert stopped_while_building(owner) == 130
    assert owner.fingerprint() == before

    done = succeeded(owner.deploy())
    assert sorted(owner.world.read()["apps"]) == [NAME, f"{NAME}-db"]
    assert (len(owner.made["databases"]), len(owner.made["sites"])) == (1, 1)
    visit(done.result["url"], newcomer="ada")
    assert owner.fingerprint() == before


def test_a_database_of_an_earlier_time_is_used(owner: Owner) -> None:
    before = owner.fingerprint()
    done = succeeded(owner.deploy("--scenario", GOES_WELL))

    assert f"Your account has {NAME}-db from an earlier time" in done.output
    assert sorted(owner.world.read()["apps"]) == [NAME, f"{NAME}-db"]
    assert len(owner.made["databases"]) == 1
    visit(done.result["url"], newcomer="ada")
    assert owner.fingerprint() == before


def told(failed: Outcome) -> str:
    """The error of a run as the person reads it."""
    error = failed.result["error"]
    return f"{error['message']} {error['hint']}"


def stopped_while_building(owner: Owner) -> int:
    """Press Ctrl-C while the image is built, which takes long; returns the exit code of the command."""
    command = subprocess.Popen(
        [sys.executable, "manage.py", "deploy", *owner.arguments("--scenario", STOPPED)],
        cwd=owner.project.folder,
        env=owner.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert command.stdout is not None
    with command:
        for line in command.stdout:
            if "still building" in line:
                command.send_signal(signal.SIGINT)
                break
        command.stdout.read()
    return command.returncode
