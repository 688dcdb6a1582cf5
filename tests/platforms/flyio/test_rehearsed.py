"""Whole deployments to Fly.io as it is played on this computer, by the plugin as it is: nothing is made twice, nothing
is left, and what goes wrong is explained."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.rehearsal import World
from simple_deploy.testing import Outcome, Shape
from simple_deploy.testkit.projects import Project
from tests.support.edge import Edge, visit
from tests.support.repository import git
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]

NAME = "slow-train"
HOST = f"{NAME}.fly.dev"


class Owner:
    """Somebody with a project, who rehearses."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def deploy(self, *more: str, database: str = "unmanaged-postgres") -> Outcome:
        answers = ("--deployed-project-name", NAME, "--database", database)
        return self.rehearse("--automate-all", "--yes", "--no-input", *answers, *more)

    def rehearse(self, *arguments: str) -> Outcome:
        return self.project.deploy("--rehearse", "--platform", "flyio", "--json", *arguments, timeout=280)

    @property
    def stage(self) -> Path:
        return self.project.root / ".simple_deploy" / "rehearsals" / "flyio"

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

    def manage(self, *words: str, **variables: str) -> None:
        """Run a management command as over `fly ssh console`."""
        state = self.world.read()
        image = state["images"][state["apps"][NAME]["releases"][-1]["ImageRef"]]
        folder = Path(image["folder"])
        env = {
            **self.project.env,
            **image["env"],
            "FLY_APP_NAME": NAME,
            **state["apps"][NAME]["secrets"],
            **variables,
        }
        if not self.apps[NAME]["secrets"].get("DATABASE_URL"):
            volume = self.world.folder / "volumes" / NAME / "data"
            env["DATABASE_URL"] = f"sqlite:///{volume}/db.sqlite3"
        argv = [str(folder / "venv/bin/python"), "manage.py", *words]
        subprocess.run(argv, cwd=folder.joinpath(*Path(image["workdir"]).parts[1:]), env=env, check=True)

    def visit(self) -> None:
        self.manage(
            *("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com"),
            DJANGO_SUPERUSER_PASSWORD="a-long-password-9",
        )
        visit(Edge(self.world.read()["sites"][HOST]["port"], HOST), user="ada", password="a-long-password-9")


def owner_of(shapes: Shapes, shape: Shape, folder: Path) -> Owner:
    return Owner(shapes.project(shape, folder / "my site" / "blog"))


@pytest.fixture
def owner(shapes: Shapes, tmp_path: Path) -> Iterator[Owner]:
    found = owner_of(shapes, Shape(), tmp_path)
    yield found
    found.world.remove()


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


def exists(owner: Owner) -> tuple[list[str], int, int, int]:
    """Apps, secrets, volumes and clusters that exist."""
    state = owner.world.read()
    app = state["apps"].get(NAME, {"secrets": {}, "volumes": []})
    return sorted(state["apps"]), len(app["secrets"]), len(app["volumes"]), len(state.get("clusters", {}))


def test_the_whole_way(owner: Owner) -> None:
    first = succeeded(owner.deploy())
    assert first.result["url"].startswith("http://slow-train-flyio.localhost:")
    assert exists(owner) == ([NAME, f"{NAME}-db"], 3, 0, 0)
    secrets = dict(owner.apps[NAME]["secrets"])
    private = (secrets["SECRET_KEY"], secrets["DATABASE_URL"].split(":")[2].split("@")[0])
    told = [path for path in owner.stage.rglob("*") if path.is_file() and _holds(path, private)]
    assert {path.relative_to(owner.stage).parts[0] for path in told} == {"world"}
    owner.visit()

    # Again, after a change: the same app, the same database with what is in it, the same secrets.
    (owner.project.root / "templates" / "404.html").write_text("changed", encoding="utf-8")
    owner.project.commit("Change a page")
    before = fingerprint(owner.project)
    succeeded(owner.deploy())
    assert exists(owner) == ([NAME, f"{NAME}-db"], 3, 0, 0)
    assert owner.apps[NAME]["secrets"] == secrets
    edge = Edge(owner.world.read()["sites"][HOST]["port"], HOST)
    assert edge.get("/there-is-no-such-page/").text == "changed"

    # From a fresh clone of what was deployed, by somebody who gives no name.
    fresh = owner.project.root.with_name("fresh")
    git(owner.project.root.parent, "clone", "--quiet", str(owner.clone), str(fresh))
    other = Owner(Project(root=fresh, env={**owner.project.env, "SIMPLE_DEPLOY_DATA_DIR": str(fresh.parent / "data")}))
    other.stage.mkdir(parents=True)
    other.world.folder.symlink_to(owner.world.folder)
    git(fresh, "config", "user.name", "Grace")
    git(fresh, "config", "user.email", "grace@example.com")
    again = ("--automate-all", "--yes", "--no-input", "--database", "unmanaged-postgres")
    succeeded(other.rehearse(*again))
    assert exists(owner) == ([NAME, f"{NAME}-db"], 3, 0, 0)

    # After everything that is in no commit was lost.
    shutil.rmtree(owner.stage / "data")
    shutil.rmtree(owner.clone / ".simple_deploy")
    succeeded(owner.rehearse(*again))
    assert exists(owner) == ([NAME, f"{NAME}-db"], 3, 0, 0)
    assert owner.apps[NAME]["secrets"] == secrets

    assert "is running" in str(succeeded(owner.rehearse("--status")).output)
    succeeded(owner.rehearse("--rollback"))
    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
    state = owner.world.read()
    assert (state["apps"], state["sites"], state["databases"], state["processes"]) == ({}, {}, {}, {})
    assert fingerprint(owner.project) == before


def _holds(path: Path, texts: tuple[str, ...]) -> bool:
    data = path.read_bytes()
    return any(text.encode() in data for text in texts)


@pytest.mark.parametrize(
    ("manager", "layout", "database", "variant"),
    [
        ("uv", "nested", "sqlite", 0),
        # In words and shapes that nobody has seen; the database that is a program of one's own is in test_pairs.py.
        ("poetry", "flat", "managed-postgres", 1),
    ],
)
def test_each_kind_of_project_and_database(
    manager: str, layout: str, database: str, variant: int, shapes: Shapes, tmp_path: Path
) -> None:
    owner = owner_of(shapes, Shape(layout=layout, manager=manager), tmp_path)
    with owner.world.change() as state:
        state["variant"] = variant
    try:
        succeeded(owner.deploy(database=database))
        made = exists(owner)
        owner.visit()
        succeeded(owner.deploy(database=database))
        assert exists(owner) == made
        succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
        assert exists(owner) == ([], 0, 0, 0)
    finally:
        owner.world.remove()
