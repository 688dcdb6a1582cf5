from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import uv

from simple_deploy.core.errors import Blocked, CommandFailed, TimedOut
from simple_deploy.core.facts import Dependencies, Location
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.interfaces import Completed
from simple_deploy.edits.errors import EditError
from simple_deploy.inspection.dependencies import read
from simple_deploy.managers.base import Place
from simple_deploy.managers.registry import MANAGERS, export, export_file, manager_of
from simple_deploy.system import process
from tests.support.repository import write

POETRY = """\
[tool.poetry.dependencies]
python = "^3.11"
django = "^5.2"
gevent = {version = "*", optional = true}

[tool.poetry.group.deploy.dependencies]
waitress = "*"
"""
STANDARD = '[project]\nname = "site"\ndependencies = ["django>=5.2"]\n'
PIPFILE = '[[source]]\nname = "x"\nurl = "https://example.org/simple"\n\n[packages]\ndjango = "*"\n'
POETRY_LOCK = """\
[[package]]
name = "django"
version = "5.2.1"
groups = ["main"]

[metadata]
content-hash = "of something else"
"""
PIPFILE_LOCK = {"_meta": {"hash": {"sha256": "x"}}, "default": {"django": {"version": "==5.2.1"}}}
PDM_LOCK = "[metadata]\nlock_version = '4.5.0'\ncontent_hash = 'sha256:x'\n"

PROJECTS: dict[str, dict[str, str | bytes]] = {
    "poetry": {"pyproject.toml": POETRY, "poetry.lock": POETRY_LOCK},
    "pipenv": {"Pipfile": PIPFILE, "Pipfile.lock": json.dumps(PIPFILE_LOCK)},
    "pdm": {"pyproject.toml": STANDARD + "[tool.pdm]\n", "pdm.lock": PDM_LOCK},
}


class Recorder:
    """A runner that writes down what it is asked to run and does *act* instead."""

    def __init__(self, act: Callable[[Sequence[str], Path], str] = lambda argv, cwd: "") -> None:
        self.act = act
        self.calls: list[tuple[str, ...]] = []
        self.variables: list[dict[str, Any]] = []

    def __call__(
        self, argv: Sequence[str], *, cwd: Path | None = None, env: dict[str, Any] | None = None, **_: Any
    ) -> Completed:
        if argv[1] == "venv":
            Path(argv[-1]).mkdir()
            return Completed(argv=tuple(argv), returncode=0, output="")
        self.calls.append(tuple(argv))
        self.variables.append(env or {})
        assert cwd is not None
        return Completed(argv=tuple(argv), returncode=0, output=self.act(argv, cwd))


def place(root: Path, run: Any = process.run) -> Place:
    return Place(root=root, run=run, uv=uv.find_uv_bin(), python=sys.executable)


def with_added(root: Path, *requirements: str, group: str | None = None, folder: str = "") -> Dependencies:
    """Add to the manager's file; returns what was known before."""
    before = read(Location(root=root, project_dir=folder)).dependencies
    file = root / (before.file or "")
    text = manager_of(before).add(file.read_text(encoding="utf-8"), requirements, group=group)
    file.write_text(text, encoding="utf-8")
    return before


def refreshed(root: Path, before: Dependencies, run: Any) -> Finding:
    (finding,) = manager_of(before).refresh(before, place(root, run))
    return finding


@pytest.mark.parametrize("name", ["conda", "none"])
def test_a_manager_that_cannot_be_edited_is_told(name: str) -> None:
    with pytest.raises(Blocked, match="cannot be edited yet"):
        manager_of(Dependencies(manager=name, file="environment.yml"))


def test_without_a_file_there_is_nothing_to_edit() -> None:
    with pytest.raises(Blocked):
        manager_of(Dependencies(manager="requirements"))


@pytest.mark.parametrize("name", MANAGERS)
def test_every_manager_adds_to_its_own_file_and_takes_it_out_again(name: str) -> None:
    texts = {"requirements": "django\n", "pip-tools": "django\n", "poetry": POETRY, "pipenv": PIPFILE}
    text = texts.get(name, STANDARD)
    manager = MANAGERS[name]
    after = manager.add(text, ["gunicorn", "Django"])
    assert "gunicorn" in after
    assert len(after.split("\n")) <= len(text.split("\n")) + 1
    assert manager.remove(after, ["gunicorn"]) == text


# -- refreshing --


@pytest.mark.parametrize("name", PROJECTS)
def test_a_lock_that_fits_is_left_alone(tmp_path: Path, name: str) -> None:
    files = {file: text for file, text in PROJECTS[name].items() if "lock" not in file}
    before = read(Location(root=write(tmp_path, files))).dependencies
    assert manager_of(before).refresh(before, place(tmp_path, Recorder(pytest.fail))) == ()


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("poetry", 'poetry add gunicorn "psycopg[binary]" "waitress; sys_platform == \'win32\'"'),
        ("pipenv", 'pipenv install gunicorn "psycopg[binary]" "waitress; sys_platform == \'win32\'"'),
        ("pdm", 'pdm add --update-reuse gunicorn "psycopg[binary]" "waitress; sys_platform == \'win32\'"'),
    ],
)
def test_a_manager_that_is_not_installed_blocks_with_the_command_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, command: str
) -> None:
    write(tmp_path, PROJECTS[name])
    before = with_added(tmp_path, "gunicorn", "psycopg[binary]", "waitress; sys_platform == 'win32'")
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = refreshed(tmp_path, before, process.run)
    assert (finding.id, finding.level) == ("dependencies.lock-stale", Level.BLOCKER)
    assert "is not installed on this computer" in finding.why
    assert finding.fix == f"Run this, commit what it changes, then plan again: {command}"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("poetry", "poetry add --group deploy gunicorn"),
        ("pipenv", "pipenv install --categories deploy gunicorn"),
        ("pdm", "pdm add --update-reuse --dev --group deploy gunicorn"),
    ],
)
def test_the_command_names_the_group_and_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, command: str
) -> None:
    write(tmp_path, {f"site/{file}": text for file, text in PROJECTS[name].items()})
    before = with_added(tmp_path, "gunicorn", group="deploy", folder="site")
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = refreshed(tmp_path, before, process.run)
    assert finding.title.startswith(f"site/{next(file for file in PROJECTS[name] if 'lock' in file)} ")
    assert finding.fix.endswith(f"{command}")
    assert "in the folder site" in finding.fix


def test_a_package_that_was_taken_out_is_removed_by_hand_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, PROJECTS["poetry"])
    before = read(Location(root=tmp_path)).dependencies
    write(tmp_path, {"pyproject.toml": POETRY.replace('django = "^5.2"\n', "")})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refreshed(tmp_path, before, process.run).fix.endswith(": poetry remove django")


@pytest.mark.parametrize(
    "error",
    [
        CommandFailed(
            "…", argv=("poetry",), tail=("Resolving", "Because site depends on gunicorn (>=99)", "it fails.")
        ),
        TimedOut("Because it did not finish within 900 seconds"),
    ],
)
def test_a_manager_that_fails_blocks_with_its_own_words(tmp_path: Path, error: Exception) -> None:
    def fail(argv: Sequence[str], cwd: Path) -> str:
        if argv[1] == "lock":
            raise error
        return "Poetry (version 2.1.0)"

    write(tmp_path, PROJECTS["poetry"])
    before = with_added(tmp_path, "gunicorn>=99")
    finding = refreshed(tmp_path, before, Recorder(fail))
    assert finding.level is Level.BLOCKER
    assert "Because" in finding.why
    assert finding.fix.endswith('poetry add "gunicorn>=99"')


def test_a_manager_that_fails_for_a_known_cause_is_explained(tmp_path: Path) -> None:
    def fail(argv: Sequence[str], cwd: Path) -> str:
        if argv[1] == "lock":
            raise CommandFailed("…", argv=("poetry",), tail=("Resolving", "fatal: Could not resolve host: example.com"))
        return "Poetry (version 2.1.0)"

    write(tmp_path, PROJECTS["poetry"])
    finding = refreshed(tmp_path, with_added(tmp_path, "gunicorn>=99"), Recorder(fail))
    assert "Poetry could not do it: The connection is lost. Look whether this computer is online" in finding.why


@pytest.mark.parametrize(
    ("version", "command"),
    [
        ("Poetry (version 1.8.5)", ("poetry", "lock", "--no-interaction", "--no-update")),
        ("\x1b[34mPoetry\x1b[39m (version \x1b[36m2.1.0\x1b[39m)", ("poetry", "lock", "--no-interaction")),
    ],
)
def test_poetry_is_told_to_keep_what_is_locked(tmp_path: Path, version: str, command: tuple[str, ...]) -> None:
    write(tmp_path, PROJECTS["poetry"])
    before = with_added(tmp_path, "gunicorn")
    run = Recorder(lambda argv, cwd: version)
    assert manager_of(before).refresh(before, place(tmp_path, run)) == ()
    assert run.calls[-1] == command
    assert not Path(run.variables[-1]["VIRTUAL_ENV"]).exists(), "the empty environment is removed afterwards"


def test_pipenv_locks_only_what_was_added(tmp_path: Path) -> None:
    write(tmp_path, PROJECTS["pipenv"])
    before = with_added(tmp_path, "gunicorn; sys_platform != 'win32'", "psycopg[binary]")
    run = Recorder()
    manager_of(before).refresh(before, place(tmp_path, run))
    assert run.calls == [("pipenv", "upgrade", "--lock-only", "gunicorn", "psycopg[binary]")]


def test_pipenv_locks_only_what_does_not_fit_where_nothing_was_added(tmp_path: Path) -> None:
    write(tmp_path, PROJECTS["pipenv"])
    before = read(Location(root=tmp_path)).dependencies
    run = Recorder()
    manager_of(before).refresh(before, place(tmp_path, run))
    assert run.calls == [("pipenv", "upgrade", "--lock-only")]


def test_pipenv_locks_anew_where_something_was_taken_out(tmp_path: Path) -> None:
    write(tmp_path, PROJECTS["pipenv"])
    before = read(Location(root=tmp_path)).dependencies
    write(tmp_path, {"Pipfile": PIPFILE.replace('django = "*"\n', "")})
    run = Recorder()
    manager_of(before).refresh(before, place(tmp_path, run))
    assert run.calls == [("pipenv", "lock")]


@pytest.mark.parametrize(
    ("locked", "options"),
    [('["default", "dev"]', ("--group", "deploy", "--group", "dev")), ("[]", ("--group", "deploy"))],
)
def test_pdm_is_told_to_lock_a_new_group_too(tmp_path: Path, locked: str, options: tuple[str, ...]) -> None:
    write(tmp_path, {**PROJECTS["pdm"], "pdm.lock": f"{PDM_LOCK}groups = {locked}\n"})
    before = with_added(tmp_path, "gunicorn", group="deploy")
    run = Recorder()
    manager_of(before).refresh(before, place(tmp_path, run))
    assert run.calls == [("pdm", "lock", "--update-reuse", *options)]


def test_versions_that_a_manager_changed_on_the_way_are_told(tmp_path: Path) -> None:
    def upgrade(argv: Sequence[str], cwd: Path) -> str:
        (cwd / "poetry.lock").write_text(POETRY_LOCK.replace("5.2.1", "5.2.9"), encoding="utf-8")
        return ""

    write(tmp_path, PROJECTS["poetry"])
    before = with_added(tmp_path, "gunicorn")
    finding = refreshed(tmp_path, before, Recorder(upgrade))
    assert (finding.level, finding.details) == (Level.WARNING, ("django 5.2.1 → 5.2.9",))


def test_a_damaged_lock_blocks(tmp_path: Path) -> None:
    write(tmp_path, PROJECTS["poetry"])
    before = with_added(tmp_path, "gunicorn")
    write(tmp_path, {"poetry.lock": "[[["})
    assert refreshed(tmp_path, before, Recorder()).level is Level.BLOCKER


# -- exporting --


def exported(root: Path, files: dict[str, str | bytes], *, folder: str = "", **options: Any) -> list[str]:
    write(root, {f"{folder}/{name}" if folder else name: text for name, text in files.items()})
    found = read(Location(root=root, project_dir=folder)).dependencies
    return export(found, root, process.run, uv.find_uv_bin(), **options).splitlines()


def test_a_requirements_file_is_named_so_that_what_it_includes_is_found(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "requirements/base.txt": "django\n",
        "requirements/production.txt": "-r base.txt\n",
    }
    assert exported(tmp_path, files) == ["-r production.txt"]


def test_without_a_lock_what_is_declared_is_exported(tmp_path: Path) -> None:
    assert exported(tmp_path, {"pyproject.toml": POETRY}) == [
        "# Generated from pyproject.toml by simple_deploy. Change pyproject.toml instead of this file.",
        "django>=5.2,<6",
        "waitress",
    ]


def test_with_a_lock_its_pins_are_exported(tmp_path: Path) -> None:
    assert exported(tmp_path, PROJECTS["pipenv"], folder="site") == [
        "# Generated from Pipfile.lock by simple_deploy. Change Pipfile instead of this file.",
        "django==5.2.1",
    ]


def test_a_group_is_exported_only_when_it_is_wanted(tmp_path: Path) -> None:
    assert "waitress" not in exported(tmp_path, {"pyproject.toml": POETRY}, groups=())


def test_another_index_is_named(tmp_path: Path) -> None:
    lock = {
        "_meta": {"sources": [{"name": "x", "url": "https://a.example"}, {"name": "y", "url": "https://b.example"}]},
        "default": {"private": {"version": "==1", "index": "y"}},
    }
    lines = exported(tmp_path, {"Pipfile": PIPFILE, "Pipfile.lock": json.dumps(lock)})
    assert lines[1:] == ["--extra-index-url https://b.example", "private==1"]


@pytest.mark.parametrize("broken", ["Pipfile", "Pipfile.lock"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, broken: str) -> None:
    write(tmp_path, PROJECTS["pipenv"])
    found = read(Location(root=tmp_path)).dependencies
    write(tmp_path, {broken: "{"})
    with pytest.raises(EditError, match=f"{broken} cannot be read"):
        export(found, tmp_path, process.run, uv.find_uv_bin())


def test_uv_exports_its_own_lock_without_the_network(tmp_path: Path) -> None:
    lock = """\
version = 1
requires-python = ">=3.10"

[[package]]
name = "django"
version = "5.2.1"
source = { registry = "https://example.org/simple" }

[[package]]
name = "site"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "django" }]

[package.dev-dependencies]
deploy = [{ name = "waitress", marker = "sys_platform == 'win32'" }]
dev = [{ name = "pytest" }]

[[package]]
name = "pytest"
version = "8.0"
source = { registry = "https://example.org/simple" }

[[package]]
name = "waitress"
version = "3.0.2"
source = { registry = "https://example.org/simple" }
"""
    project = (
        '[project]\nname = "site"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["django"]\n'
        '[dependency-groups]\ndeploy = ["waitress; sys_platform == \'win32\'"]\ndev = ["pytest"]\n'
    )
    assert exported(tmp_path, {"pyproject.toml": project, "uv.lock": lock}) == [
        "# Generated from uv.lock by simple_deploy. Change pyproject.toml instead of this file.",
        "django==5.2.1",
        "waitress==3.0.2 ; sys_platform == 'win32'",
    ]


def test_a_project_in_a_folder_with_a_space_is_exported(tmp_path: Path) -> None:
    assert exported(tmp_path / "my site", {"pyproject.toml": STANDARD})[1:] == ["django>=5.2"]


# -- a requirements file for a platform that reads nothing else --


def exported_file(root: Path, files: dict[str, str | bytes], path: str, *, folder: str = "") -> str | None:
    write(root, files)
    found = read(Location(root=root, project_dir=folder)).dependencies
    return export_file(found, place(root), path=path, groups=("deploy",))


@pytest.mark.parametrize("manager", ["pdm", "hatch", "pep621"])
def test_a_list_made_of_a_pyproject_says_where_it_comes_from(tmp_path: Path, manager: str) -> None:
    table = {"pdm": "[tool.pdm]\n", "hatch": "[tool.hatch.envs.default]\n"}.get(manager, "")
    groups = '[dependency-groups]\ndeploy = ["gunicorn"]\ndev = ["pytest"]\n'
    text = exported_file(tmp_path, {"pyproject.toml": STANDARD + table + groups}, "requirements.txt")
    assert read(Location(root=tmp_path)).dependencies.manager == manager
    assert text is not None
    notice, *lines = text.splitlines()
    assert notice == "# Generated from pyproject.toml by simple_deploy. Change pyproject.toml instead of this file."
    assert lines == ["django>=5.2", "gunicorn"]
    write(tmp_path, {"requirements.txt": text})
    assert read(Location(root=tmp_path)).dependencies.manager == manager, "the list does not take over"
    assert read(Location(root=tmp_path)).dependencies.others == ()


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "django\n"},
        {
            "requirements.txt": "# This file is autogenerated by pip-compile\ndjango==5.2.1\n",
            "requirements.in": "django",
        },
        {"requirements.txt": "-r requirements/base.txt\n", "requirements/base.txt": "django\n"},
    ],
)
def test_a_list_of_the_projects_own_stays(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert exported_file(tmp_path, files, "requirements.txt") is None


def test_a_list_in_another_folder_is_named(tmp_path: Path) -> None:
    text = exported_file(tmp_path, {"requirements/production.txt": "django\n"}, "requirements.txt")
    assert text is not None
    assert text.splitlines()[1:] == ["-r requirements/production.txt"]
    write(tmp_path, {"requirements.txt": text})
    assert read(Location(root=tmp_path)).dependencies.file == "requirements/production.txt"


def test_a_list_above_the_project_finds_its_folders(tmp_path: Path) -> None:
    pipfile = PIPFILE + 'tool = {path = "./tool", editable = true}\n'
    text = exported_file(tmp_path, {"site/Pipfile": pipfile, "site/tool/x": ""}, "requirements.txt", folder="site")
    assert text is not None
    assert text.splitlines()[1:] == ["django", "-e ./site/tool"]
