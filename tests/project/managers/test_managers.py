"""Every dependency manager, with its own program and projects that it made."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest
import uv
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from simple_deploy.core.facts import Dependencies, Location
from simple_deploy.core.findings import Level
from simple_deploy.engine.compiled import interpreter
from simple_deploy.engine.environments import install
from simple_deploy.inspection.dependencies import read
from simple_deploy.managers.base import Place, Wanted
from simple_deploy.managers.only_adds import only_adds
from simple_deploy.managers.registry import export, manager_of
from simple_deploy.managers.requirements import parse
from simple_deploy.system import process
from tests.project.managers.tools import Tools
from tests.support.repository import git

NEEDED = ("gunicorn; sys_platform != 'win32'", "waitress; sys_platform == 'win32'", "whitenoise>=6")
LOCKLESS = {"hatch"}
PLAIN = {"pip-tools"}  # neither groups nor a range of Python versions

#: How each manager says whether its lock fits, and what it pins.
CHECKS: dict[str, tuple[str, ...]] = {
    "uv": (uv.find_uv_bin(), "lock", "--check"),
    "poetry": ("poetry", "check", "--lock"),
    "poetry 1": ("poetry", "check", "--lock"),
    "pipenv": ("pipenv", "verify"),
    "pdm": ("pdm", "lock", "--check"),
}
EXPORTS: dict[str, tuple[str, ...]] = {
    "poetry": ("poetry", "export", "--without-hashes"),
    "poetry 1": ("poetry", "export", "--without-hashes"),
    "pipenv": ("pipenv", "requirements"),
    "pdm": ("pdm", "export", "--prod", "--without-hashes"),
}


def look(root: Path) -> Dependencies:
    return read(Location(root=root)).dependencies


def place(root: Path) -> Place:
    return Place(root=root, run=process.run, uv=uv.find_uv_bin(), python=sys.executable)


def exported(root: Path) -> str:
    text = export(look(root), root, process.run, uv.find_uv_bin())
    return text if not text.startswith("-r ") else (root / text[3:].strip()).read_text(encoding="utf-8")


def installed_here(requirements: str) -> set[tuple[str, str]]:
    """The packages and versions that a requirements file means on this computer."""
    parsed = [Requirement(line.text.partition("\\")[0]) for line in parse(requirements) if line.kind == "requirement"]
    return {
        (canonicalize_name(each.name), str(each.specifier))
        for each in parsed
        if each.marker is None or each.marker.evaluate()
    }


@pytest.mark.slice(1)
def test_what_the_manager_made_is_read(root: Path, kind: str) -> None:
    found = read(Location(root=root))
    dependencies = found.dependencies
    assert dependencies.manager == kind.partition(" ")[0]
    assert (dependencies.names, dependencies.problems, found.complete) == ({"django"}, (), True)
    if kind in PLAIN:
        assert (dependencies.lock, dependencies.lock_state) == ("requirements.txt", "fresh")
        return
    assert found.python != ""
    if kind not in LOCKLESS:
        assert dependencies.groups == ("dev",)
        assert dependencies.lock_state == "stale", "the project does not insist on the locked version any more"
        assert ("django", "==5.2.1") in installed_here(exported(root))


@pytest.mark.slice(1)
def test_a_lock_the_manager_made_fits(root: Path, kind: str, tools: Tools) -> None:
    if kind in LOCKLESS:
        assert look(root).lock_state == "none"
        return
    before = look(root)
    assert manager_of(before).refresh(before, place(root)) == ()
    assert look(root).lock_state == "fresh"


@pytest.mark.slice(1)
def test_packages_are_added_and_locked_and_nothing_else_changes(root: Path, kind: str, tools: Tools) -> None:
    before = look(root)
    file = root / (before.file or "")
    file.write_text(manager_of(before).add(file.read_text(encoding="utf-8"), Wanted(NEEDED)), encoding="utf-8")
    added, removed, _ = git(root, "diff", "--numstat", "--", before.file or "").split("\t")
    assert (int(added), int(removed)) in {(3, 0), (4, 1), (1, 1)}, "a last line may get a comma, or be the only one"
    assert manager_of(before).refresh(before, place(root)) == ()
    after = look(root)
    assert after.names == {"django", "gunicorn", "waitress", "whitenoise"}
    changed = git(root, "diff", "--name-only") + "\n" + git(root, "ls-files", "--others", "--exclude-standard")
    assert {*changed.split()} <= {before.file, before.lock}
    if kind in LOCKLESS:
        return
    assert after.lock_state in ("fresh", "unknown")
    if kind in CHECKS:
        scratch = str(tools.scratch())
        tools.run(kind, *CHECKS[kind], cwd=root, VIRTUAL_ENV=scratch, PDM_IGNORE_SAVED_PYTHON="1")
    pins = installed_here(exported(root))
    assert ("django", "==5.2.1") in pins
    assert {name for name, _ in pins} >= {"gunicorn" if sys.platform != "win32" else "waitress", "whitenoise"}


@pytest.mark.slice(1)
@pytest.mark.slow
def test_what_is_exported_is_what_the_manager_exports_and_can_be_installed(
    root: Path, kind: str, tools: Tools, tmp_path: Path
) -> None:
    before = look(root)
    file = root / (before.file or "")
    wanted = [*NEEDED, "psycopg[binary]"]
    file.write_text(manager_of(before).add(file.read_text(encoding="utf-8"), Wanted(wanted)), encoding="utf-8")
    assert manager_of(before).refresh(before, place(root)) == ()
    text = export(look(root), root, process.run, uv.find_uv_bin())
    if kind in EXPORTS:
        scratch = str(tools.scratch())
        own = tools.run(kind, *EXPORTS[kind], cwd=root, VIRTUAL_ENV=scratch, PDM_IGNORE_SAVED_PYTHON="1").stdout
        assert installed_here(text) == installed_here(own)
    environment = tmp_path / "environment"
    process.run((uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(environment)))
    install(uv.find_uv_bin(), interpreter(environment), text, process.run, folder=root)
    shown = process.run((uv.find_uv_bin(), "pip", "freeze", "--quiet", "--python", str(environment))).output
    names = {name for name, _ in installed_here(shown)}
    assert {"django", "whitenoise", "psycopg", "psycopg-binary"} <= names
    assert "iniconfig" not in names, "packages for development stay away"


@pytest.mark.slice(1)
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["poetry", "poetry 1", "pipenv", "pdm"], indirect=True)
def test_the_command_a_person_is_told_does_it(
    root: Path, kind: str, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Path(shutil.copytree(root, tmp_path / "bench"))
    before = look(elsewhere)
    file = elsewhere / (before.file or "")
    file.write_text(manager_of(before).add(file.read_text(encoding="utf-8"), Wanted(NEEDED)), encoding="utf-8")
    with monkeypatch.context() as nothing:
        nothing.setenv("PATH", str(tmp_path))
        (finding,) = manager_of(before).refresh(before, place(elsewhere))
    assert finding.level is Level.BLOCKER
    command = shlex.split(finding.fix.rpartition("plan again: ")[2])
    tools.run(kind, *command, cwd=root, VIRTUAL_ENV=str(tools.scratch()), PDM_IGNORE_SAVED_PYTHON="1")
    found = look(root)
    assert found.names >= {"gunicorn", "waitress", "whitenoise"}
    assert found.lock_state == "fresh"


ADDS: dict[str, tuple[str, ...]] = {
    "uv": (uv.find_uv_bin(), "add", "--no-sync", "--python", sys.executable, "--dev"),
    "poetry": ("poetry", "add", "--lock", "--group", "dev"),
    "poetry 1": ("poetry", "add", "--lock", "--group", "dev"),
    "pipenv": ("pipenv", "install", "--dev"),
    "pdm": ("pdm", "add", "--no-sync", "--update-reuse", "--dev", "--group", "dev"),
}


@pytest.mark.slice(1)
@pytest.mark.parametrize(
    "kind", ["uv", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ADDS if kind != "uv")], indirect=True
)
def test_adding_one_package_with_the_manager_is_seen_as_just_that(root: Path, kind: str, tools: Tools) -> None:
    before = look(root)
    environment = {"VIRTUAL_ENV": str(tools.scratch()), "PDM_IGNORE_SAVED_PYTHON": "1"}
    tools.run(kind, *ADDS[kind], "pluggy", cwd=root, **environment)
    changed = git(root, "diff", "--name-only").split()
    assert {*changed} == {before.file, before.lock}
    for name in changed:
        old, new = git(root, "show", f"HEAD:{name}"), (root / name).read_text(encoding="utf-8")
        assert only_adds(name, old, new, "pluggy") is True
        assert only_adds(name, old, new, "django") is False or name == before.lock
