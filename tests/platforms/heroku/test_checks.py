"""What is found out before planning, with programs that answer as Heroku's own does, and with real repositories."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_heroku.plugin import HerokuPlatform

from simple_deploy.api import Finding, GitFacts, Level, Location, Remote
from simple_deploy.testing import MakeProgram, RecordingContext, Reply, fake_program, make_answers, make_facts
from tests.platforms.heroku.test_commands import FORBIDDEN, NOT_FOUND
from tests.support.repository import git, repository, write

__all__ = ["fake_program"]

HEROKU = HerokuPlatform()
VERSION = "heroku/11.9.0 linux-x64 node-v22.23.2\n"
LOGGED_OUT = Reply(output=" ›   Error: not logged in\n", exit_code=100)
FLAT = {"manage.py": "", "requirements.txt": "django\n"}
APP: Mapping[str, Any] = {
    "id": "01234567-89ab-cdef-0123-456789abcdef",
    "name": "slow-train",
    "web_url": "https://slow-train-6832f41752c9.herokuapp.com/",
    "region": {"name": "eu"},
    "slug_size": None,
}
ADDON = {"id": "9", "name": "postgresql-flat-12345", "plan": {"name": "heroku-postgresql:essential-0"}}


def context(root: Path, **given: object) -> RecordingContext:
    facts = make_facts(location=Location(root=root, settings_module="mysite.settings"))
    facts = replace(facts, git=GitFacts(head="0" * 40, branch="main"))
    answers = make_answers(HEROKU, facts, **{"deployed_project_name": "slow-train", **given})
    return RecordingContext(facts, home=root.parent / "home", workbench=root, answers=answers)


def checked(root: Path, **given: object) -> dict[str, Finding]:
    return {finding.id: finding for finding in HEROKU.check(context(root, **given))}


def probed(root: Path) -> Remote:
    return HEROKU.probe(context(root))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "my site", FLAT)


# -- the program and the account --


def test_without_the_program_one_can_configure_and_is_told_how_to_get_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_git = tmp_path / "programs"
    only_git.mkdir()
    (only_git / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(only_git))

    found = checked(root)

    assert found["heroku.no-program"].level is Level.DEPLOY_BLOCKER
    assert "heroku login" in found["heroku.no-program"].fix
    assert probed(root) == Remote(values={"linked": "", "standing": "unknown"}, asked=False)


@pytest.mark.parametrize("system", ["linux", "darwin", "windows"])
def test_how_to_get_the_program_is_said_for_each_system(
    system: Any, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    here = context(root)
    here.facts = replace(here.facts, host=replace(here.facts.host, system=system))

    (found,) = HEROKU.program.findings(here)

    assert {"linux": "install.sh", "darwin": "brew", "windows": "installer"}[system] in found.fix


def test_somebody_who_is_logged_in_is_named(root: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": "ada@example.com\n"})

    found = checked(root)

    assert [each.level for each in found.values()] == [Level.OK, Level.OK]
    assert "ada@example.com" in found["heroku.account"].title


@pytest.mark.parametrize(
    "reply",
    [LOGGED_OUT, Reply(output=" ›   Error: Invalid credentials provided.\n", exit_code=1)],
    ids=["never logged in", "a login that was revoked"],
)
def test_being_logged_out_stops_deploying_and_names_the_command(
    reply: Reply, root: Path, fake_program: MakeProgram
) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": reply})

    found = checked(root)

    assert found["heroku.logged-out"].level is Level.DEPLOY_BLOCKER
    assert "heroku login" in found["heroku.logged-out"].fix


def test_trouble_with_the_network_is_not_taken_for_being_logged_out(root: Path, fake_program: MakeProgram) -> None:
    fake_program(
        "heroku",
        {"--version": VERSION, "auth:whoami": Reply(output=" ›   Error: getaddrinfo ENOTFOUND\n", exit_code=1)},
    )

    found = checked(root)

    assert "heroku.logged-out" not in found
    assert "ENOTFOUND" in found["heroku.no-answer"].details[-1]


def test_an_old_program_is_named(root: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"--version": "heroku/7.60.1 win32-x64\n", "auth:whoami": "ada@example.com\n"})

    assert "heroku update" in checked(root)["heroku.old-program"].fix


def test_a_team_one_is_not_in_stops_deploying(root: Path, fake_program: MakeProgram) -> None:
    teams = json.dumps([{"name": "slow-trains"}])
    fake_program("heroku", {"--version": VERSION, "auth:whoami": "ada@example.com\n", "teams": teams})

    assert checked(root, team="slow-trains")["heroku.team"].level is Level.OK
    assert checked(root, team="fast-trains")["heroku.no-team"].level is Level.DEPLOY_BLOCKER


# -- what exists --


def heroku(fake_program: MakeProgram, info: str | Reply, config: Mapping[str, str] | None = None) -> None:
    fake_program("heroku", {"apps:info": info, "config": json.dumps(config or {})})


def info(**changes: Any) -> str:
    return json.dumps({"app": {**APP, **changes}, "addons": [ADDON], "dynos": []}, indent=2)


@pytest.mark.parametrize(
    ("said", "standing"),
    [(NOT_FOUND, "free"), (FORBIDDEN, "taken"), (" ›   Error: not logged in\n", "unknown")],
)
def test_a_refusal_tells_about_the_name(said: str, standing: str, root: Path, fake_program: MakeProgram) -> None:
    heroku(fake_program, Reply(output=said, exit_code=1))

    assert probed(root) == Remote(values={"linked": "", "standing": standing}, asked=standing != "unknown")


def test_an_app_nothing_was_deployed_to_is_taken(root: Path, fake_program: MakeProgram) -> None:
    heroku(fake_program, info(), {"DATABASE_URL": "postgres://u:secret@h/d"})

    found = probed(root)

    assert [(each.kind, each.name) for each in found.resources] == [
        ("app", "slow-train"),
        ("database", "postgresql-flat-12345"),
    ]
    assert found.resources[0].url == APP["web_url"]
    assert {
        "linked": "",
        "standing": "ours",
        "region": "eu",
        "host": "slow-train-6832f41752c9.herokuapp.com",
        "database": "yes",
    }.items() <= found.values.items()


def test_an_app_that_serves_something_else_is_left_alone(root: Path, fake_program: MakeProgram) -> None:
    heroku(fake_program, info(slug_size=30_000_000), {"SECRET_KEY": "x"})

    assert probed(root) == Remote(values={"linked": "", "standing": "another"})


def test_an_app_that_another_project_marked_is_left_alone_although_nothing_was_deployed(
    root: Path, fake_program: MakeProgram
) -> None:
    heroku(fake_program, info(), {"SIMPLE_DEPLOY_PROJECT": "aaaaaaaaaaaa"})

    assert probed(root).values["standing"] == "another"


def test_an_app_is_known_by_the_projects_first_commit_after_everything_else_was_lost(
    root: Path, fake_program: MakeProgram
) -> None:
    first = git(root, "rev-parse", "HEAD")[:12]
    write(root, {"more.txt": "x"})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "More")
    heroku(fake_program, info(slug_size=30_000_000), {"SIMPLE_DEPLOY_PROJECT": first})

    assert probed(root).values["standing"] == "ours"


@pytest.mark.parametrize("by", ["remote", "app.json"])
def test_an_app_the_projects_files_name_is_the_projects(by: str, root: Path, fake_program: MakeProgram) -> None:
    if by == "remote":
        git(root, "remote", "add", "heroku", "https://git.heroku.com/slow-train.git")
    else:
        write(root, {"app.json": '{"name": "slow-train"}'})
    heroku(fake_program, info(slug_size=30_000_000))

    found = probed(root)

    assert (found.values["linked"], found.values["standing"]) == ("slow-train", "ours")


def test_no_value_of_a_config_var_is_shown(root: Path, fake_program: MakeProgram) -> None:
    heroku(fake_program, info(), {"DATABASE_URL": "postgres://u:not-for-anybody@h/d", "SECRET_KEY": "not-for-anybody"})
    here = context(root)

    found = HEROKU.probe(here)

    assert "not-for-anybody" not in repr(found) + repr(here.payloads)


# -- the repository --


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ({"poetry.lock": "", "pyproject.toml": ""}, "heroku.several-managers"),
        ({".venv/pyvenv.cfg": ""}, "heroku.environment-committed"),
        ({"runtime.txt": "python-3.12.1\n"}, "heroku.runtime-txt"),
        ({".python-version": "blog-env\n"}, "heroku.python-version"),
        ({".python_version": "3.12\n"}, "heroku.misspelt"),
        ({"PROCFILE": "web: x\n"}, "heroku.misspelt"),
    ],
)
def test_what_the_buildpack_would_not_like_is_found_before_it_is_pushed(
    files: dict[str, str], finding: str, tmp_path: Path, fake_program: MakeProgram
) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": LOGGED_OUT})
    root = repository(tmp_path / "site", {**FLAT, **files})

    found = checked(root)

    assert found[finding].fix
    assert {each for each in found if each not in {"heroku.program", "heroku.logged-out"}} == {finding}


def test_a_python_that_heroku_no_longer_has_stops_before_anything_is_made(
    tmp_path: Path, fake_program: MakeProgram
) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": LOGGED_OUT})

    found = checked(repository(tmp_path / "site", {**FLAT, "runtime.txt": "python-3.10.2\n"}))

    assert found["heroku.runtime-txt"].level is Level.BLOCKER
    assert "3.10.2" in found["heroku.runtime-txt"].title


@pytest.mark.parametrize("data", [b"blog-env\n", b"3.13\n3.12\n", b"python-3.13\n", b"", "3.13\r\n".encode("utf-16")])
def test_a_python_version_that_heroku_cannot_read_stops_before_anything_is_made(
    data: bytes, tmp_path: Path, fake_program: MakeProgram
) -> None:
    """heroku/buildpacks-python#6: pyenv takes more than the buildpack does; PowerShell's `>` writes UTF-16."""
    fake_program("heroku", {"--version": VERSION, "auth:whoami": LOGGED_OUT})
    root = repository(tmp_path / "site", {**FLAT, ".python-version": ""})
    (root / ".python-version").write_bytes(data)

    assert checked(root)["heroku.python-version"].level is Level.BLOCKER


@pytest.mark.parametrize("text", ["3.13", "3.13.2\n", "# the newest\n\n 3.13 \r\n"])
def test_a_python_version_that_heroku_reads_is_nothing_to_speak_of(
    text: str, tmp_path: Path, fake_program: MakeProgram
) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": LOGGED_OUT})

    assert "heroku.python-version" not in checked(repository(tmp_path / "site", {**FLAT, ".python-version": text}))


def test_a_lock_that_is_not_committed_is_missing(tmp_path: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": LOGGED_OUT})
    root = repository(tmp_path / "site", {"manage.py": "", "Pipfile": "", ".gitignore": "Pipfile.lock\n"})
    write(root, {"Pipfile.lock": "{}"})
    here = context(root)
    here.facts = replace(here.facts, dependencies=replace(here.facts.dependencies, manager="pipenv", file="Pipfile"))

    found = {finding.id: finding for finding in HEROKU.check(here)}

    assert found["heroku.no-lock"].level is Level.BLOCKER
    assert "pipenv lock" in found["heroku.no-lock"].fix


def test_an_environment_that_is_not_committed_is_no_matter(tmp_path: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": LOGGED_OUT})
    root = repository(tmp_path / "site", {**FLAT, ".gitignore": ".venv/\n"})
    write(root, {".venv/pyvenv.cfg": ""})

    assert {*checked(root)} == {"heroku.program", "heroku.logged-out"}


def test_a_repository_of_many_files_is_listed_whole(tmp_path: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": LOGGED_OUT})
    many = {f"assets/a picture with a long name, number {number}.txt": "" for number in range(600)}
    root = repository(tmp_path / "site", {**many, **FLAT})

    assert {*checked(root)} == {"heroku.program", "heroku.logged-out"}


def test_another_manage_py_that_is_less_deep_is_named(tmp_path: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"--version": VERSION, "auth:whoami": LOGGED_OUT})
    root = repository(tmp_path / "site", {**FLAT, "web/manage.py": ""})
    here = context(root)
    here.facts = replace(here.facts, location=Location(root=root, project_dir="web"))

    found = {finding.id: finding for finding in HEROKU.check(here)}

    assert "web/manage.py" in found["heroku.manage-py"].title
