"""Whole deployments to Heroku as it is played on this computer, by the plugin as it is: nothing is made twice, nothing
is left, and what goes wrong is explained."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_heroku.simulator.replies import REPLIES

from simple_deploy.testing import Outcome, Shape
from tests.rehearsal import owner as rehearsal
from tests.rehearsal.owner import NAME, succeeded
from tests.support.repository import git
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]


class Owner(rehearsal.Owner):
    """Somebody with a project, who rehearses."""

    @property
    def apps(self) -> dict[str, Any]:
        found: dict[str, Any] = self.world.read().get("apps", {})
        return found

    def heroku(self, *arguments: str) -> str:
        """Run the simulated program by hand."""
        env = {**self.project.env, "SIMPLE_DEPLOY_WORLD": str(self.world.folder), "PATH": "/usr/bin:/bin"}
        program = str(self.world.programs / "heroku")
        done = subprocess.run([program, *arguments], env=env, capture_output=True, text=True, cwd=self.project.root)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def owner(shapes: Shapes, tmp_path: Path) -> Iterator[Owner]:
    found = Owner(project=shapes.project(Shape(), tmp_path / "my site" / "blog"), platform="heroku")
    yield found
    found.world.remove()


def test_the_whole_way(owner: Owner) -> None:
    first = succeeded(owner.deploy())
    assert first.result["url"].startswith("http://slow-train-")
    assert [*owner.apps] == [NAME]
    assert len(owner.apps[NAME]["addons"]) == 1
    secret = owner.apps[NAME]["config"]["SECRET_KEY"]
    told = [path for path in owner.stage.rglob("*") if path.is_file() and _holds(path, secret)]
    assert {path.relative_to(owner.stage).parts[0] for path in told} == {"world"}

    # Again, after a change: the same app, the same database with what is in it, the same secret key.
    owner.heroku("run", "--app", NAME, "--", "python", "manage.py", "load_example_data")
    (owner.project.root / "templates" / "accounts" / "home.html").write_text("changed", encoding="utf-8")
    owner.project.commit("Change a page")
    before = owner.fingerprint()
    again = succeeded(owner.deploy())
    assert any("slow-train" in line and "is this project's" in line for line in _titles(again))
    assert ([*owner.apps], len(owner.apps[NAME]["addons"])) == ([NAME], 1)
    assert owner.apps[NAME]["config"]["SECRET_KEY"] == secret
    assert owner.apps[NAME]["releases"][-1]["slug"]["id"].startswith(git(owner.clone, "rev-parse", "HEAD")[:12])

    # After everything that is in no commit was lost.
    shutil.rmtree(owner.stage / "data")
    git(owner.clone, "clean", "-fdx", "--quiet")
    assert not (owner.clone / ".simple_deploy" / "targets").exists()
    succeeded(owner.deploy_without_a_name())
    assert ([*owner.apps], len(owner.apps[NAME]["addons"])) == ([NAME], 1)

    succeeded(owner.rehearse("--status"))
    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
    state = owner.world.read()
    assert (state["apps"], state["sites"], state["databases"], state["processes"]) == ({}, {}, {}, {})
    assert not (owner.world.repositories / f"{NAME}.git").exists()
    assert owner.fingerprint() == before


def _titles(outcome: Outcome) -> list[str]:
    return [each["data"]["finding"]["title"] for each in outcome.events if each["kind"] == "finding"]


def _holds(path: Path, text: str) -> bool:
    return text.encode() in path.read_bytes()


#: What the error has to say, and whether an app is left, with which the next try goes on.
SCENARIOS = {
    "logged-out": ("not logged in", "heroku login", 0),
    "cli-missing": ("not installed", "nstall it", 0),
    "name-taken": ("somebody else", "--deployed-project-name", 0),
    "build-fails": ("did not build the commit", "deploy again", 1),
    "migration-fails": ("release command failed", "releases:output", 1),
    "health-check-fails": ("ALLOWED_HOSTS", "", 1),
    "network-lost": ("connection to Heroku broke", "deploy again", 1),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_goes_wrong_is_explained_and_trying_again_works(scenario: str, owner: Owner) -> None:
    said, hint, apps = SCENARIOS[scenario]
    before = owner.fingerprint()

    failed = owner.deploy("--scenario", scenario)

    assert failed.exit_code in (1, 3), failed
    error = failed.result["error"]
    assert said in error["message"], error
    assert hint in error["hint"], error
    assert error["hint"], error
    assert len(owner.apps) == apps
    assert owner.fingerprint() == before

    if not apps:
        return
    succeeded(owner.deploy())
    assert ([*owner.apps], len(owner.apps[NAME]["addons"])) == ([NAME], 1)


def test_nothing_is_said_to_be_removed_while_nobody_is_logged_in(owner: Owner) -> None:
    owner.deploy("--scenario", "logged-out")

    refused = owner.rehearse("--destroy", "--yes", "--no-input")

    assert refused.exit_code == 3, refused
    assert "nothing was removed" in refused.result["error"]["message"]


def test_a_database_that_is_there_is_used(owner: Owner) -> None:
    succeeded(owner.deploy("--scenario", "database-exists"))

    assert len(owner.apps[NAME]["addons"]) == 1


def test_whatever_nobody_has_seen_may_be_the_other_way(owner: Owner) -> None:
    """Every row without a source, in its second variant."""
    assert any(not reply.verified for reply in REPLIES.values())
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
    assert json.dumps(owner.apps) == "{}"
