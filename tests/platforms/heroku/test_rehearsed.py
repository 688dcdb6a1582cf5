"""Whole deployments to Heroku as it is played on this computer, by the plugin as it is: nothing is made twice, nothing
is left, and what goes wrong is explained."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_heroku.simulator.replies import REPLIES

from simple_deploy.rehearsal import World
from simple_deploy.testing import Outcome, Shape
from simple_deploy.testkit.projects import Project
from tests.support.edge import Edge, visit
from tests.support.repository import git
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]

NAME = "slow-train"


class Owner:
    """Somebody with a project, who rehearses."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def deploy(self, *more: str) -> Outcome:
        arguments = ("--automate-all", "--yes", "--no-input", "--deployed-project-name", NAME)
        return self.rehearse(*arguments, *more)

    def rehearse(self, *arguments: str) -> Outcome:
        return self.project.deploy("--rehearse", "--platform", "heroku", "--json", *arguments, timeout=280)

    def killed_after(self, step: str) -> None:
        """Deploy, and kill the command as soon as this step has ended."""
        arguments = ("--rehearse", "--platform", "heroku", "--json", "--automate-all", "--yes", "--no-input")
        command = subprocess.Popen(
            [sys.executable, "manage.py", "deploy", *arguments, "--deployed-project-name", NAME],
            cwd=self.project.folder,
            env={name: value for name, value in {**os.environ, **self.project.env}.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert command.stdout is not None
        with command:
            for line in command.stdout:
                event = json.loads(line)
                if event.get("kind") == "step-finished" and event["step"] == step:
                    command.kill()
                    return
        raise AssertionError(f"the step {step} was never taken")

    @property
    def stage(self) -> Path:
        return self.project.root / ".simple_deploy" / "rehearsals" / "heroku"

    @property
    def clone(self) -> Path:
        return self.stage / "project" / self.project.root.name

    @property
    def world(self) -> World:
        return World(self.stage / "world")

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
    found = Owner(shapes.project(Shape(), tmp_path / "my site" / "blog"))
    yield found
    found.world.stop_all()


def fingerprint(project: Project) -> dict[str, object]:
    """All that a rehearsal must leave as it is: files, branches, remotes, settings of git."""
    root = project.root
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_relative_to(root / ".simple_deploy") and "__pycache__" not in path.parts
    }


def succeeded(outcome: Outcome) -> Outcome:
    assert outcome.exit_code == 0, outcome
    assert outcome.result["status"] in ("succeeded", "nothing-to-do"), outcome
    return outcome


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
    before = fingerprint(owner.project)
    again = succeeded(owner.deploy())
    assert any("slow-train" in line and "is this project's" in line for line in _titles(again))
    assert ([*owner.apps], len(owner.apps[NAME]["addons"])) == ([NAME], 1)
    assert owner.apps[NAME]["config"]["SECRET_KEY"] == secret
    assert owner.apps[NAME]["releases"][-1]["slug"]["id"].startswith(git(owner.clone, "rev-parse", "HEAD")[:12])

    # From a fresh clone of what was deployed, by somebody who gives no name.
    fresh = owner.project.root.with_name("fresh")
    git(owner.project.root.parent, "clone", "--quiet", str(owner.clone), str(fresh))
    other = Owner(Project(root=fresh, env={**owner.project.env, "SIMPLE_DEPLOY_DATA_DIR": str(fresh.parent / "data")}))
    other.stage.mkdir(parents=True)
    other.world.folder.symlink_to(owner.world.folder)
    git(fresh, "config", "user.name", "Grace")
    git(fresh, "config", "user.email", "grace@example.com")
    succeeded(other.rehearse("--automate-all", "--yes", "--no-input"))
    assert ([*other.apps], len(other.apps[NAME]["addons"])) == ([NAME], 1)

    # After everything that is in no commit was lost.
    shutil.rmtree(owner.stage / "data")
    shutil.rmtree(owner.clone / ".simple_deploy")
    succeeded(owner.rehearse("--automate-all", "--yes", "--no-input"))
    assert ([*owner.apps], len(owner.apps[NAME]["addons"])) == ([NAME], 1)

    succeeded(owner.rehearse("--status"))
    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
    state = owner.world.read()
    assert (state["apps"], state["sites"], state["databases"], state["processes"]) == ({}, {}, {}, {})
    assert not (owner.world.repositories / f"{NAME}.git").exists()
    assert fingerprint(owner.project) == before


def _titles(outcome: Outcome) -> list[str]:
    return [each["data"]["finding"]["title"] for each in outcome.events if each["kind"] == "finding"]


def _holds(path: Path, text: str) -> bool:
    return text.encode() in path.read_bytes()


@pytest.mark.parametrize(
    "shape",
    [
        Shape(layout="nested", manager="requirements"),
        Shape(layout="flat", manager="uv"),
        Shape(layout="nested", manager="poetry"),
        Shape(layout="flat", manager="pipenv"),
    ],
    ids=str,
)
def test_visitors_log_in_on_the_site(shape: Shape, shapes: Shapes, tmp_path: Path) -> None:
    owner = Owner(shapes.project(shape, tmp_path / "my site" / "blog"))
    try:
        _visitors_log_in(owner)
    finally:
        owner.world.stop_all()


def _visitors_log_in(owner: Owner) -> None:
    manage = f"{owner.project.project_dir}/manage.py".lstrip("/")
    succeeded(owner.deploy())
    words = "from django.contrib.auth.models import User; User.objects.create_superuser('ada', '', 'a-long-password-9')"
    owner.heroku("run", "--app", NAME, "--exit-code", "--", "python", manage, "shell", "-c", words)

    host = owner.apps[NAME]["info"]["web_url"].removeprefix("https://").strip("/")
    port = owner.world.read()["sites"][host]["port"]
    visit(Edge(port, host), user="ada", password="a-long-password-9")
    assert owner.rehearse("--logs").exit_code == 0


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
    before = fingerprint(owner.project)

    failed = owner.deploy("--scenario", scenario)

    assert failed.exit_code in (1, 3), failed
    error = failed.result["error"]
    assert said in error["message"], error
    assert hint in error["hint"], error
    assert error["hint"], error
    assert len(owner.apps) == apps
    assert fingerprint(owner.project) == before

    if not apps:
        return
    succeeded(owner.deploy())
    assert ([*owner.apps], len(owner.apps[NAME]["addons"])) == ([NAME], 1)


def test_a_run_that_is_killed_after_any_step_leaves_nothing_twice(owner: Owner) -> None:
    before = fingerprint(owner.project)

    for step in ("create", "variables", "database", "push"):
        owner.killed_after(step)
        assert [*owner.apps] == [NAME]
        assert fingerprint(owner.project) == before

    done = succeeded(owner.deploy())
    assert ([*owner.apps], len(owner.apps[NAME]["addons"])) == ([NAME], 1)
    assert done.result["url"]
    assert fingerprint(owner.project) == before


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
