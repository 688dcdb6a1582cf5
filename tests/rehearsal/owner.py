"""Somebody with a project, who rehearses it on any platform with the command alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from simple_deploy.rehearsal import World
from simple_deploy.testing import Outcome
from simple_deploy.testkit.projects import Project
from tests.support.processes import CommandLines
from tests.support.repository import git
from tests.support.visitor import Visitor

NAME = "slow-train"
PASSWORD = "a-long-password-9"
#: What only the person can answer, since it costs different amounts of money.
ANSWERS: Mapping[str, tuple[str, ...]] = {"flyio": ("--database", "unmanaged-postgres")}
#: Is there beside the sites.
API = "api.heroku.com"
UNATTENDED = ("--yes", "--no-input")


@dataclass(frozen=True, kw_only=True)
class Owner:
    """:param platform: slug of the platform that is rehearsed."""

    project: Project
    platform: str

    def rehearse(self, *arguments: str, stdin: str | None = None) -> Outcome:
        words = ("--rehearse", "--platform", self.platform, "--json", *arguments)
        return self.project.deploy(*words, stdin=stdin, timeout=800)

    def deploy(self, *more: str) -> Outcome:
        return self.rehearse(*self._deployment(), *more)

    def deploy_without_a_name(self) -> Outcome:
        """Deploy as somebody who does not know what the site is called on the platform."""
        return self.rehearse("--automate-all", *UNATTENDED, *ANSWERS.get(self.platform, ()))

    def arguments(self, *more: str) -> tuple[str, ...]:
        """Of a deployment, for a command that is followed or stopped."""
        return ("--rehearse", "--platform", self.platform, "--json", *self._deployment(), *more)

    def environment(self) -> Mapping[str, str]:
        """The variables of such a command."""
        return {name: value for name, value in {**os.environ, **self.project.env}.items() if value}

    def plan(self) -> Mapping[str, Any]:
        """The plan of a deployment, by somebody who does not know what the site is called on the platform."""
        planned = self.rehearse("--plan", *UNATTENDED, *ANSWERS.get(self.platform, ()))
        return succeeded(planned).plan

    def killed_at(self, step: str) -> None:
        """Deploy, and kill the command the moment it begins *step*. :raises AssertionError: it has no such step."""
        with self.deploying() as command:
            assert command.stdout is not None
            for line in command.stdout:
                event = json.loads(line)
                if event.get("kind") == "step-started" and event["step"] == step:
                    command.kill()
                    return
        raise AssertionError(f"{step} did not begin")

    def interrupted(self, *more: str, at: str) -> tuple[int, list[str]]:
        """Deploy, and press Ctrl-C the moment it prints *at*; returns the exit code and what it printed."""
        said: list[str] = []
        with self.deploying(*more) as command:
            assert command.stdout is not None
            for line in command.stdout:
                said.append(line)
                if at in line:
                    command.send_signal(signal.SIGINT)
                    break
            said += command.stdout
        return command.returncode, said

    def deploying(self, *more: str) -> subprocess.Popen[str]:
        """A deployment that was begun; its events are lines of its output."""
        return subprocess.Popen(
            [sys.executable, "manage.py", "deploy", *self.arguments(*more)],
            cwd=self.project.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    @property
    def stage(self) -> Path:
        return self.project.root / ".simple_deploy" / "rehearsals" / self.platform

    @property
    def clone(self) -> Path:
        """The copy of the project that is rehearsed with."""
        return self.stage / "project" / self.project.root.name

    @property
    def world(self) -> World:
        return World(self.stage / "world")

    def somebody_else(self, folder: Path) -> Owner:
        """Who cloned what was deployed into the new *folder* of another computer, and reaches the same platform."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        git(folder.parent, "clone", "--quiet", str(self.clone), str(folder))
        git(folder, "config", "user.name", "Grace")
        git(folder, "config", "user.email", "grace@example.com")
        env = {**self.project.env, "SIMPLE_DEPLOY_DATA_DIR": str(folder.with_name(f"{folder.name}-data"))}
        other = Owner(
            project=Project(root=folder, project_dir=self.project.project_dir, env=env), platform=self.platform
        )
        other.stage.mkdir(parents=True)
        other.world.folder.symlink_to(self.world.folder)
        return other

    @contextmanager
    def knowing_nothing(self) -> Iterator[None]:
        """Until the end of the block nothing beside the commits tells this computer about the site."""
        kept = [path for path in (self.stage / "data", self.clone / ".simple_deploy" / "targets") if path.exists()]
        for path in kept:
            path.rename(path.with_name(f"{path.name} put aside"))
        yield
        for path in kept:
            shutil.rmtree(path, ignore_errors=True)
            path.with_name(f"{path.name} put aside").rename(path)

    @property
    def made(self) -> Mapping[str, Any]:
        """What the platform keeps: databases by name, and sites by host."""
        state = self.world.read()
        return {kind: sorted({*state.get(kind, {})} - {API}) for kind in ("databases", "sites")}

    def secrets(self) -> Mapping[str, set[str]]:
        """What nobody else may see of what the platform keeps: keys that were made, and passwords of databases."""
        text = json.dumps(self.world.read())
        keys = re.findall(r'(?:SECRET_KEY|entropy)": "([^"]+)"', text)
        return {"key": {*keys}, "password": {*re.findall(r'"password": "([^"]+)"', text)}}

    def running(self) -> list[str]:
        """Command lines of all processes that belong to the simulated platform."""
        place = str(self.world.folder)
        return [
            " ".join(each.info["cmdline"])
            for each in psutil.process_iter(["cmdline", "cwd"])
            if str(each.info["cwd"] or "").startswith(place) or place in " ".join(each.info["cmdline"] or ())
        ]

    def fingerprint(self) -> Mapping[str, bytes]:
        """All that a rehearsal must leave as it is: files, branches, remotes, settings of git."""
        root = self.project.root
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and not path.is_relative_to(root / ".simple_deploy") and "__pycache__" not in path.parts
        }

    def _deployment(self) -> tuple[str, ...]:
        name = ("--deployed-project-name", NAME)
        return ("--automate-all", *UNATTENDED, *name, *ANSWERS.get(self.platform, ()))


def succeeded(outcome: Outcome) -> Outcome:
    assert outcome.exit_code == 0, outcome
    assert outcome.result["status"] in ("succeeded", "nothing-to-do"), outcome
    return outcome


def deployed_in_sight(owner: Owner) -> Outcome:
    """A deployment, during which nobody who looks at the process list learns a secret."""
    with CommandLines() as command_lines:
        outcome = succeeded(owner.deploy())
    shown = "\n".join(command_lines.seen)
    assert "--deployed-project-name" in shown
    for kind, values in owner.secrets().items():
        assert values, kind
        assert not [value for value in values if value in shown], kind
    return outcome


def visit(url: str, *, newcomer: str) -> None:
    """See the site as a person does: read, sign up, come back and log in; styled by the file with a hash in its name.

    :param newcomer: a name that nobody has signed up with yet.
    """
    visitor = Visitor(url)
    status, page = visitor.get()
    assert status == 200 and "Slow Train" in page, page[:2000]
    assert visitor.stylesheet()[0] == 200
    words = {"username": newcomer, "email": f"{newcomer}@example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert visitor.submit("/accounts/signup/", **words) == 302
    again = Visitor(url)
    assert again.submit("/accounts/login/", username=newcomer, password=PASSWORD) == 302
    assert again.get("/accounts/")[0] == 200
