"""What is particular to a site on each platform that can be rehearsed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_upsun.simulator.site import UpsunSite

from simple_deploy.testing import Outcome, Shape
from tests.rehearsal.owner import NAME, PASSWORD, Owner
from tests.support.edge import Edge, visit
from tests.support.repository import git
from tests.support.visitor import Visitor

#: Makes the admin user ``root``.
CREATE_ADMIN = ("createsuperuser", "--noinput", "--username=root", "--email=root@example.com")
#: Scenarios of which each platform's own part is no failure.
STOPPED, GOES_WELL = "slow-build", "database-exists"
ADMIN_PASSWORD = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What an error says in its message or its hint.

    :param cause: what happened, in either case of letters.
    :param now: what to do.
    :param serving: whether something serves nevertheless, though not as it should.
    """

    cause: str
    now: str
    serving: bool = False


@dataclass(frozen=True, kw_only=True)
class Platform:
    """
    :param shape: of the project whose site lives the whole life.
    :param others: further shapes, and a database that is chosen (empty: the usual one). With *shape* and *simplest*
        they make every pair of platform, manager and layout.
    :param simplest: of the project to which everything happens that can go wrong.
    :param keeps_uploads: whether an uploaded picture can be seen: elsewhere that takes a storage service, as the plan
        says.
    :param variant: which of two words and shapes replies have that nobody has seen from the platform itself.
    :param apps: what an app is called there, and how many of them a site with its database is.
    :param refused: scenarios in which nothing is made.
    :param fails: scenarios in which something is left that the next attempt uses.
    :param releases: whether it is possible to go back to an earlier one.
    """

    slug: str
    shape: Shape
    others: tuple[tuple[Shape, str], ...]
    simplest: Shape = field(default_factory=Shape)
    keeps_uploads: bool = False
    variant: int = 0
    apps: tuple[str, int]
    refused: Mapping[str, Failure]
    fails: Mapping[str, Failure]
    releases: bool = True

    def inventory(self, owner: Owner) -> Mapping[str, Any]:
        """Whatever must not be made twice."""
        return {**owner.made, self.apps[0]: sorted(owner.world.read().get(self.apps[0], {}))}

    def first_look(self, owner: Owner, url: str) -> None:
        """At the first release. :raises AssertionError: something is not as it should be."""

    def look_again(self, owner: Owner, outcome: Outcome) -> None:
        """At the second release, *outcome* of its deployment."""

    def last_look(self, owner: Owner) -> None:
        """At what is left of a site that was removed."""


class Flyio(Platform):
    def inventory(self, owner: Owner) -> Mapping[str, Any]:
        state = owner.world.read()
        app = state.get("apps", {}).get(NAME, {})
        inside = {"secrets": app.get("secrets", {}), "volumes": app.get("volumes", [])}
        return {**super().inventory(owner), **inside, "clusters": sorted(state.get("clusters", {}))}

    def first_look(self, owner: Owner, url: str) -> None:
        manage(owner, *CREATE_ADMIN, **ADMIN_PASSWORD)
        host = f"{NAME}.fly.dev"
        visit(Edge(owner.world.read()["sites"][host]["port"], host), user="root", password=PASSWORD)


def manage(owner: Owner, *words: str, **variables: str) -> None:
    """Run a management command as over `fly ssh console`."""
    state = owner.world.read()
    app = state["apps"][NAME]
    image = state["images"][app["releases"][-1]["ImageRef"]]
    folder = Path(image["folder"])
    env = {**owner.project.env, **image["env"], "FLY_APP_NAME": NAME, **app["secrets"], **variables}
    if not app["secrets"].get("DATABASE_URL"):
        env["DATABASE_URL"] = f"sqlite:///{owner.world.folder / 'volumes' / NAME / 'data'}/db.sqlite3"
    argv = [str(folder / "venv/bin/python"), "manage.py", *words]
    subprocess.run(argv, cwd=folder.joinpath(*Path(image["workdir"]).parts[1:]), env=env, check=True)


class Heroku(Platform):
    def inventory(self, owner: Owner) -> Mapping[str, Any]:
        app = owner.world.read().get("apps", {}).get(NAME, {})
        inside = {"addons": app.get("addons", []), "config": app.get("config", {})}
        return {**super().inventory(owner), **inside}

    def first_look(self, owner: Owner, url: str) -> None:
        manage_py = f"{owner.project.project_dir or '.'}/manage.py"
        self._program(owner, "run", "--app", NAME, "--", "python", manage_py, "load_example_data")

    def look_again(self, owner: Owner, outcome: Outcome) -> None:
        titles = [each["data"]["finding"]["title"] for each in outcome.events if each["kind"] == "finding"]
        assert any(NAME in title and "is this project's" in title for title in titles), titles
        app = owner.world.read()["apps"][NAME]
        assert app["releases"][-1]["slug"]["id"].startswith(git(owner.clone, "rev-parse", "HEAD")[:12])

    def last_look(self, owner: Owner) -> None:
        assert not (owner.world.repositories / f"{NAME}.git").exists()

    @staticmethod
    def _program(owner: Owner, *arguments: str) -> None:
        """Run the simulated program by hand."""
        env = {**owner.project.env, "SIMPLE_DEPLOY_WORLD": str(owner.world.folder), "PATH": os.defpath}
        done = subprocess.run(
            [str(owner.world.programs / "heroku"), *arguments],
            env=env,
            capture_output=True,
            encoding="utf-8",
            cwd=owner.project.root,
        )
        assert done.returncode == 0, done.stderr


class Upsun(Platform):
    def first_look(self, owner: Owner, url: str) -> None:
        (project,) = owner.world.read()["projects"]
        site = UpsunSite(owner.world, project)
        variables = " ".join(f"{name}={value}" for name, value in ADMIN_PASSWORD.items())
        manage_py = Path(owner.project.project_dir, "manage.py").as_posix()
        assert site.run(f"{variables} python {manage_py} {' '.join(CREATE_ADMIN)}", "main") == 0
        Visitor(url).log_in("root", PASSWORD)
        (owner.world.folder / "storage" / project / "media" / "a.txt").write_text("uploaded", encoding="utf-8")

    def look_again(self, owner: Owner, outcome: Outcome) -> None:
        visitor = Visitor(outcome.result["url"])
        assert visitor.get("/media/a.txt") == (200, "uploaded")
        visitor.log_in("root", PASSWORD)


FLYIO = Flyio(
    slug="flyio",
    shape=Shape(manager="pipenv"),
    others=((Shape(layout="nested", manager="uv"), "sqlite"), (Shape(manager="poetry"), "managed-postgres")),
    variant=1,
    apps=("apps", 2),  # its database is one
    refused={
        "cli-missing": Failure(cause="not installed", now="fly.io/install.sh"),
        "logged-out": Failure(cause="logged in", now="fly auth login"),
        "name-taken": Failure(cause=f"The name {NAME} is taken", now="--deployed-project-name"),
    },
    fails={
        "network-lost": Failure(cause="The connection to Fly.io broke", now="online"),
        "build-fails": Failure(cause="could not be built", now="Fix that, commit it"),
        "migration-fails": Failure(
            cause="the command that runs before a release failed", now="What it printed says why"
        ),
        "health-check-fails": Failure(cause="did not pass the health check", now="ALLOWED_HOSTS"),
    },
)
HEROKU = Heroku(
    slug="heroku",
    shape=Shape(layout="nested", manager="poetry"),
    others=((Shape(manager="uv"), ""), (Shape(layout="nested", manager="pipenv"), "")),
    apps=("apps", 1),
    refused={
        "logged-out": Failure(cause="not logged in", now="heroku login"),
        "cli-missing": Failure(cause="not installed", now="nstall it"),
        "name-taken": Failure(cause="somebody else", now="--deployed-project-name"),
    },
    fails={
        "build-fails": Failure(cause="did not build the commit", now="deploy again"),
        "migration-fails": Failure(cause="release command failed", now="releases:output"),
        "health-check-fails": Failure(cause="ALLOWED_HOSTS", now="", serving=True),
        "network-lost": Failure(cause="connection to Heroku broke", now="deploy again"),
    },
)
UPSUN = Upsun(
    slug="upsun",
    shape=Shape(layout="nested", manager="uv"),
    others=((Shape(manager="pipenv"), ""), (Shape(manager="poetry"), "")),
    simplest=Shape(layout="nested"),
    keeps_uploads=True,
    apps=("projects", 1),
    refused={
        "logged-out": Failure(cause="You are not logged in to Upsun", now="upsun login"),
        "cli-missing": Failure(cause="The program `upsun` is not installed", now=""),
    },
    fails={
        "health-check-fails": Failure(cause="ALLOWED_HOSTS", now="", serving=True),
        "build-fails": Failure(cause="The site was not deployed", now=""),
        "migration-fails": Failure(cause="The migrations failed, but Upsun continued anyway", now="", serving=True),
        "network-lost": Failure(cause="Upsun cannot be reached", now=""),
    },
    releases=False,
)
PLATFORMS = (FLYIO, HEROKU, UPSUN)
each_platform = pytest.mark.parametrize("platform", PLATFORMS, ids=[each.slug for each in PLATFORMS])
