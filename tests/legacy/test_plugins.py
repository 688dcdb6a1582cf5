"""The public plugins, under their own tool and through this one, in one run: the same files, and undo of all of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.legacy import programs
from tests.legacy.plugins import LAYOUTS, MANAGERS, NAME, PLUGINS, Environment, folder_of, make, tree
from tests.legacy.programs import Programs
from tests.support.repository import git
from tests.support.shared import once

pytestmark = pytest.mark.slow

BOTH = ("django_simple_deploy", "simple_deploy")
OURS = ("simple_deploy",)

#: What a plugin writes anew each time, in the folder of manage.py: random keys, in a file that git ignores.
RANDOM = {"vps-kamal": {".kamal/secrets"}}


@pytest.fixture
def environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Environment:
    """The environment of the plugin that the test is about, made once for the whole run."""
    plugin = request.getfixturevalue("plugin")
    folder = once(tmp_path_factory, f"dsd-{plugin}", lambda there: Environment(there / "env", there, plugin).make())
    home = tmp_path / "home"
    home.mkdir()
    return Environment(folder / "env", home, plugin)


@pytest.mark.slice(1)
@pytest.mark.parametrize("plugin", ["seenode"])
def test_the_files_of_one_are_those_of_the_original(environment: Environment, plugin: str, tmp_path: Path) -> None:
    compare(environment, plugin, "flat", "requirements", tmp_path)


@pytest.mark.slice(0)
@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("plugin", PLUGINS)
def test_the_files_are_those_of_the_original_and_undo_takes_them_back(
    environment: Environment, plugin: str, layout: str, manager: str, tmp_path: Path
) -> None:
    compare(environment, plugin, layout, manager, tmp_path)


def compare(environment: Environment, plugin: str, layout: str, manager: str, tmp_path: Path) -> None:
    """Let both configure the same project, and undo what this tool did."""
    ours = make(tmp_path / "ours" / "site", layout=layout, manager=manager, apps=BOTH)
    theirs = tmp_path / "theirs" / "site"
    shutil.copytree(ours, theirs, symlinks=True)
    before = tree(ours)
    code = environment.original(theirs, "--unit-testing", "--deployed-project-name", NAME)
    done = environment.through(ours, "configure", {"deployed_project_name": NAME})
    if code:
        assert "legacy.no-preview" in done["findings"]
        assert tree(ours) == before
        return
    if not done["planned"]:  # the trial, or a manager, stopped what the original would have written
        assert done["error"]["message"]
        assert tree(ours) == before and git(ours, "status", "--porcelain") == ""
        return
    differing = {path for path in {*tree(ours), *tree(theirs)} if tree(ours).get(path) != tree(theirs).get(path)}
    inside = folder_of(ours).relative_to(ours)
    assert differing == {(inside / path).as_posix() for path in RANDOM.get(plugin, set())}
    assert environment.through(ours, "undo")["state"] == "succeeded"
    assert tree(ours) == before
    assert git(ours, "status", "--porcelain") == ""


@pytest.fixture
def played(tmp_path: Path) -> Programs:
    return Programs(tmp_path / "programs")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository, which the platform's program makes the remote of a new app."""
    folder = tmp_path / "app.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    return folder


@pytest.mark.slice(0)
@pytest.mark.parametrize("plugin", ["heroku", "scalingo"])
def test_a_deployment_sends_what_lands_and_undo_takes_all_back_but_the_site(
    environment: Environment, plugin: str, played: Programs, remote: Path, tmp_path: Path
) -> None:
    played.answer(getattr(programs, plugin)(remote))
    project = make(tmp_path / "site", apps=OURS)
    git(project, "push", "--quiet", str(remote), "main")  # an app that has a main already keeps it
    before, head = tree(project), git(project, "rev-parse", "HEAD")
    done = environment.through(project, "deploy", env=played.environment())
    assert done["state"] == "succeeded", done["error"]
    assert git(remote, "rev-parse", "main") == git(project, "rev-parse", "HEAD") != head
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "remote") == plugin
    keys = [word.partition("=")[2] for call in played.calls for word in call.split() if word.startswith("SECRET_KEY=")]
    for file in (each for each in (project / ".simple_deploy").rglob("*") if each.is_file()):
        if not {"tree", "backup", "aside"} & set(file.relative_to(project).parts):
            assert not any(key.encode() in file.read_bytes() for key in keys), file
    undone = environment.through(project, "undo")
    summary = project / ".simple_deploy" / "runs" / undone["id"] / "summary.md"
    assert f"{plugin} create" in summary.read_text(encoding="utf-8")
    assert tree(project) == before and git(project, "remote") == ""


@pytest.mark.slice(0)
@pytest.mark.parametrize("plugin", ["heroku"])
def test_a_program_that_fails_leaves_the_project_as_it_was_and_is_listed(
    environment: Environment, plugin: str, played: Programs, remote: Path, tmp_path: Path
) -> None:
    played.answer({**programs.heroku(remote), "heroku create --json": {"err": "Error: no credit\n", "code": 1}})
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    done = environment.through(project, "deploy", env=played.environment())
    assert done["state"] == "failed" and plugin in done["error"]["message"]
    assert tree(project) == before and git(project, "status", "--porcelain") == "" and git(project, "remote") == ""
    summary = project / ".simple_deploy" / "runs" / done["id"] / "summary.md"
    assert "heroku create --json" in summary.read_text(encoding="utf-8")
