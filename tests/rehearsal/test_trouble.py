"""What a rehearsal can meet: each failure names its cause and what to do, the project stays as it was, and the same
command without the scenario goes on from there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from simple_deploy.testing import Outcome
from tests.rehearsal.owner import NAME, Owner, succeeded, visit
from tests.rehearsal.platforms import FLYIO, GOES_WELL, HEROKU, PLATFORMS, STOPPED, Failure, Platform, each_platform
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(1800)]

FAILURES = [(platform, scenario) for platform in PLATFORMS for scenario in platform.fails]


@pytest.fixture
def owner(platform: Platform, shapes: Shapes, tmp_path: Path) -> Iterator[Owner]:
    """Somebody with a project that was never deployed."""
    found = Owner(project=shapes.project(platform.simplest, tmp_path / "my site" / "blog"), platform=platform.slug)
    yield found
    found.world.remove()


@each_platform
def test_whoever_is_refused_is_told_why_and_nothing_is_made(platform: Platform, owner: Owner) -> None:
    before = owner.fingerprint()
    for scenario, failure in platform.refused.items():
        is_explained(owner.deploy("--scenario", scenario), failure)
        assert not any(owner.made.values()), scenario
        assert owner.fingerprint() == before, scenario
    the_next_attempt_works(owner, platform, before)


@pytest.mark.parametrize(("platform", "scenario"), FAILURES, ids=lambda each: getattr(each, "slug", each))
def test_what_fails_is_explained_and_the_next_attempt_works(platform: Platform, scenario: str, owner: Owner) -> None:
    before = owner.fingerprint()
    failure = platform.fails[scenario]
    is_explained(owner.deploy("--scenario", scenario), failure)
    kind, number = platform.apps
    assert len(owner.world.read()[kind]) == number
    assert bool(owner.made["sites"]) == failure.serving
    assert owner.fingerprint() == before
    the_next_attempt_works(owner, platform, before)


@each_platform
def test_a_slow_build_is_watched_and_cancelled(platform: Platform, owner: Owner) -> None:
    before = owner.fingerprint()
    exit_code, said = owner.interrupted("--scenario", STOPPED, at="2 of 30 s")
    assert exit_code == 130, said[-5:]
    result = json.loads(next(line for line in reversed(said) if line.startswith('{"type": "result"')))
    assert result["status"] == "cancelled", result
    assert result["error"]["message"], result
    assert not any("30 of 30 s" in line for line in said)
    assert owner.fingerprint() == before
    # On one of them it is the same slow build again, to its end.
    the_next_attempt_works(owner, platform, before, *(("--scenario", STOPPED) if platform.slug == "upsun" else ()))


@pytest.mark.parametrize("platform", [FLYIO, HEROKU], ids=lambda platform: platform.slug)
def test_a_database_of_an_earlier_time_is_used(platform: Platform, owner: Owner) -> None:
    before = owner.fingerprint()
    done = the_next_attempt_works(owner, platform, before, "--scenario", GOES_WELL)
    if platform is FLYIO:
        assert f"Your account already has {NAME}-db" in done.output


def is_explained(failed: Outcome, failure: Failure) -> None:
    """As the person reads it."""
    assert failed.exit_code in (1, 3), failed
    error = failed.result["error"]
    said = f"{error['message']} {error['hint']}"
    assert failure.cause.lower() in said.lower() and failure.now in said, said
    assert error["hint"], said


def the_next_attempt_works(owner: Owner, platform: Platform, before: Mapping[str, bytes], *arguments: str) -> Outcome:
    """It uses what is there already: in the end there is one of each."""
    done = succeeded(owner.deploy(*arguments))
    kind, number = platform.apps
    assert len(owner.world.read()[kind]) == number
    assert {name: len(each) for name, each in owner.made.items()} == {"databases": 1, "sites": 1}
    visit(done.result["url"], newcomer="ada")
    assert owner.fingerprint() == before
    return done
