"""The public plugins, under their own tool and through this one, in one run: the same files, and undo of all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.legacy import outcomes, programs
from tests.legacy.comparing import BOTH, COPIES, OURS, compare, kept
from tests.legacy.plugins import LAYOUTS, MANAGERS, PLUGINS, Environment, make, tree
from tests.legacy.programs import Programs
from tests.support.repository import git

pytestmark = pytest.mark.slow


@pytest.mark.slice(1)
@pytest.mark.parametrize("plugin", ["seenode"])
def test_the_files_of_one_are_those_of_the_original(environment: Environment, plugin: str, tmp_path: Path) -> None:
    agreed(environment, "flat", "requirements", tmp_path)


@pytest.mark.slice(0)
@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("plugin", PLUGINS)
def test_the_files_are_those_of_the_original_and_undo_takes_them_back(
    environment: Environment, plugin: str, layout: str, manager: str, tmp_path: Path
) -> None:
    agreed(environment, layout, manager, tmp_path)


def agreed(environment: Environment, layout: str, manager: str, folder: Path) -> None:
    """What comes of it is what docs/reference/dsd-plugins.md says, where that says anything."""
    found = compare(environment, layout, manager, folder)
    known = outcomes.recorded()[environment.plugin].outcomes.get(f"{layout} {manager}", found)
    assert found.agrees(known), f"{found} and not {known}: python -m tests.legacy {environment.plugin}"


@pytest.mark.slice(0)
@pytest.mark.parametrize(("plugin", "layout"), [("heroku", "flat"), ("scalingo", "nested")])
def test_a_deployment_sends_what_lands_and_undo_takes_all_back_but_the_site(
    environment: Environment, plugin: str, layout: str, played: Programs, remote: Path, tmp_path: Path
) -> None:
    played.answer(getattr(programs, plugin)(remote))
    project = make(tmp_path / "site", layout=layout, apps=OURS)
    git(project, "push", "--quiet", str(remote), "main")  # an app that has a main already keeps it
    before, head = tree(project), git(project, "rev-parse", "HEAD")
    done = environment.through(project, "deploy", env=played.environment())
    assert done["state"] == "succeeded", done["error"]
    assert git(remote, "rev-parse", "main") == git(project, "rev-parse", "HEAD") != head
    assert "requirements.txt" in git(remote, "diff", "--name-only", head, "main").split()
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "remote") == plugin
    keys = [word.partition("=")[2] for call in played.calls for word in call.split() if word.startswith("SECRET_KEY=")]
    assert kept(project, keys) == []
    undone = environment.through(project, "undo")
    summary = project / ".simple_deploy" / "runs" / undone["id"] / "summary.md"
    assert f"{plugin} create" in summary.read_text(encoding="utf-8")
    assert tree(project) == before and git(project, "remote") == ""


@pytest.mark.slice(0)
@pytest.mark.parametrize(
    ("plugin", "layout"), [*((name, "flat") for name in programs.DEPLOYMENTS), ("scalingo", "nested")]
)
def test_a_deployment_runs_the_programs_of_the_original_and_sends_the_same_files(
    environment: Environment, plugin: str, layout: str, site: str, tmp_path: Path
) -> None:
    how = programs.DEPLOYMENTS[plugin]
    ours, theirs = (Programs(tmp_path / side / "programs") for side in ("ours", "theirs"))
    project = make(tmp_path / "ours" / "site", layout=layout, apps=BOTH)
    other = tmp_path / "theirs" / "site"
    if how.origin:
        git(project, "remote", "add", "origin", how.origin)
    shutil.copytree(project, other, symlinks=True)
    env = {}
    for each in (ours, theirs):
        git(tmp_path, "init", "--quiet", "--bare", str(remote_of(each)))
        each.answer(how.play(remote_of(each), site))
        env[each] = {**each.environment(), **how.env, **standing_for(how.origin, remote_of(each))}
    usual = {"BROWSER": "echo", "VIRTUAL_ENV": str(environment.folder)}
    typed = {"stdin": how.typed, "env": {**env[theirs], **usual}}
    assert environment.original(other, "--automate-all", *how.flags, **typed) == 0
    done = environment.through(project, "deploy", how.answers, env[ours])
    assert done["state"] == "succeeded", done["error"]
    assert ours.calls == theirs.calls != []
    # The original commits what is below manage.py, and leaves out a requirements.txt above it.
    left = {"requirements.txt"} if layout == "nested" else set()
    assert [without(left, each) for each in sent(ours)] == [without(left, each) for each in sent(theirs)] != []
    assert tree(project) == tree(other)
    assert git(project, "ls-files") == git(other, "ls-files")
    assert {*git(other, "status", "--porcelain").splitlines()} - {f"M {each}" for each in left} == {
        *git(project, "status", "--porcelain").splitlines()
    }
    if plugin == "railway":
        knows_the_folder(environment, theirs, other)
        knows_the_folder(environment, ours, project)
        summary = project / ".simple_deploy" / "runs" / done["id"] / "summary.md"
        assert "~/.railway/config.json" in summary.read_text(encoding="utf-8")


def remote_of(played: Programs) -> Path:
    return played.folder.with_name("app.git")


def standing_for(address: str, remote: Path) -> dict[str, str]:
    """The variables that have git find *remote* at *address*."""
    if not address:
        return {}
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{remote}.insteadOf", "GIT_CONFIG_VALUE_0": address}


def sent(played: Programs) -> list[dict[str, str]]:
    """The files of each folder that a program took, and those that were pushed."""
    remote, pushed = remote_of(played), played.folder.with_name("pushed")
    if not git(remote, "branch", "--list", "main"):
        return [tree(each) for each in played.received]
    git(remote, "clone", "--quiet", "--branch", "main", str(remote), str(pushed))
    return [tree(each) for each in (*played.received, pushed)]


def without(names: set[str], files: dict[str, str]) -> dict[str, str]:
    return {path: each for path, each in files.items() if path not in names}


def knows_the_folder(environment: Environment, played: Programs, project: Path) -> None:
    """The program that remembers sites by their folders finds that of *project* there."""
    assert played.run(project, "railway", "logs", home=environment.home) == 0
    assert played.run(project.parent, "railway", "logs", home=environment.home) == 1


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


@pytest.mark.slice(0)
@pytest.mark.parametrize("plugin", ["vps-kamal"])
def test_a_file_of_secrets_is_deployed_and_kept_nowhere_else(
    environment: Environment, plugin: str, played: Programs, remote: Path, tmp_path: Path
) -> None:
    played.answer(programs.kamal(remote))
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    done = environment.through(project, "deploy", {"ip_address": "203.0.113.7"}, played.environment())
    assert done["state"] == "succeeded", done["error"]
    assert "kamal setup" in played.calls and done["url"] == "http://203.0.113.7"
    path = project / ".kamal" / "secrets"
    secrets = [line.partition("=")[2].strip("'\"") for line in path.read_text(encoding="utf-8").splitlines()]
    secrets = [each for each in secrets if len(each) >= 16 and not each.startswith("$")]
    assert secrets and path.stat().st_mode & 0o777 == 0o600
    assert git(project, "ls-files", ".kamal") == "" and git(project, "status", "--porcelain") == ""
    assert kept(project, secrets, but=COPIES) == []
    assert environment.through(project, "undo")["state"] == "succeeded"
    assert tree(project) == before and kept(project, secrets) == []


@pytest.mark.slice(0)
@pytest.mark.parametrize(
    ("plugin", "said"), [("pythonanywhere", "API_USER"), ("seenode", "deployed_url"), ("vps", "--platform")]
)
def test_where_a_plugin_stops_it_says_so_and_nothing_is_changed(
    environment: Environment, plugin: str, said: str, tmp_path: Path
) -> None:
    """It stops under its own tool too."""
    other = make(tmp_path / "theirs" / "site", apps=BOTH)
    project = make(tmp_path / "ours" / "site", apps=OURS)
    before, nobody = tree(project), {"API_USER": "", "API_TOKEN": ""}
    assert environment.original(other, "--automate-all", stdin="yes\n", env=nobody) != 0
    done = environment.through(project, "deploy", env=nobody)
    assert done["state"] == "failed" and said in done["error"]["message"]
    assert done["error"]["message"].startswith(f"dsd-{plugin} ")
    assert tree(project) == before and git(project, "status", "--porcelain") == ""
