from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simple_deploy.core.facts import GitFacts
from simple_deploy.edits import gitignore
from simple_deploy.inspection import git as reading
from simple_deploy.inspection import line_ends
from simple_deploy.system.git import Git
from simple_deploy.system.process import run
from tests.support.repository import git, repository, write


def facts(root: Path) -> GitFacts:
    found = reading.read(root, run).facts
    assert found is not None
    return found


def test_a_clean_repository(tmp_path: Path) -> None:
    repository(tmp_path, {"a.py": ""})
    found = facts(tmp_path)
    assert found.head == git(tmp_path, "rev-parse", "HEAD")
    assert (found.branch, found.changes, found.in_progress, found.identity) == ("main", (), None, True)
    assert found.version


def test_every_kind_of_change_counts(tmp_path: Path) -> None:
    repository(tmp_path, {"gone.py": "1", "old.py": "some lines\nto be\nrecognised\n", "changed.py": "", "kept.py": ""})
    write(tmp_path, {".env": "KEY=1", "changed.py": "x = 1", "new/a.py": "", "new/b.py": ""})
    (tmp_path / "gone.py").unlink()
    git(tmp_path, "add", ".env")
    git(tmp_path, "mv", "old.py", "renamed.py")
    found = facts(tmp_path)
    assert {change.path: change.status for change in found.changes} == {
        ".env": "A.",
        "changed.py": ".M",
        "gone.py": ".D",
        "renamed.py": "R.",
        "new/": "??",
    }
    assert found.sensitive == (".env",)


def test_a_merge_that_stopped_is_seen(tmp_path: Path) -> None:
    repository(tmp_path, {"a.py": "one\n"})
    git(tmp_path, "switch", "--quiet", "-c", "other")
    write(tmp_path, {"a.py": "two\n"})
    git(tmp_path, "commit", "--quiet", "-am", "two")
    git(tmp_path, "switch", "--quiet", "main")
    write(tmp_path, {"a.py": "three\n"})
    git(tmp_path, "commit", "--quiet", "-am", "three")
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "merge", "other")
    found = facts(tmp_path)
    assert found.in_progress == "merge"
    assert [change.conflict for change in found.changes] == [True]


def test_before_the_first_commit_and_without_a_branch(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    assert (facts(tmp_path).head, facts(tmp_path).branch) == (None, "main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "First")
    git(tmp_path, "switch", "--quiet", "--detach")
    assert facts(tmp_path).branch is None


def test_someone_git_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = tmp_path / "nobody.gitconfig"
    nobody.write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(nobody))
    repository(write(tmp_path / "project", {"a.py": ""}), {})
    git(tmp_path / "project", "config", "--unset", "user.email")
    assert not facts(tmp_path / "project").identity
    assert not reading.read(tmp_path, run).identity, "known outside a repository too"
    git(tmp_path / "project", "config", "user.email", "ada@example.com")
    assert facts(tmp_path / "project").identity


def test_adding_the_tool_is_recognised(tmp_path: Path) -> None:
    repository(tmp_path, {"site/settings.py": "INSTALLED_APPS = [\n    'blog',\n]\n", "views.py": "x = 1\n"})
    write(tmp_path, {"site/settings.py": "INSTALLED_APPS = [\n    'blog',\n    'simple_deploy',\n]\n"})
    write(tmp_path, {"views.py": "x = 2  # simple_deploy\n"})
    assert {change.path: change.ours for change in facts(tmp_path).changes} == {
        "site/settings.py": True,
        "views.py": False,
    }


def test_what_a_run_left_is_the_tools_to_the_byte_and_named_file_by_file(tmp_path: Path) -> None:
    root = repository(tmp_path, {"settings.py": "DEBUG = True\n", "old.txt": "x\n", "mine.py": "a\n"})
    write(root, {"settings.py": "DEBUG = True\n# block\n", "fly/app.toml": "app\n", "fly/notes.txt": "mine\n"})
    write(root, {"mine.py": "b\n", "other/new.txt": "new\n"})
    (root / "old.txt").unlink()
    left: dict[str, frozenset[str | None]] = {
        path: frozenset({hashlib.sha256((root / path).read_bytes()).hexdigest()})
        for path in ("settings.py", "fly/app.toml")
    }
    left |= {"old.txt": frozenset({None}), "mine.py": frozenset({"0" * 64})}
    facts = reading.read(root, run, lambda: left).facts
    assert facts is not None
    assert {change.path: change.ours for change in facts.changes} == {
        "settings.py": True,
        "old.txt": True,
        "fly/app.toml": True,
        "fly/notes.txt": False,
        "mine.py": False,
        "other/": False,
    }


def test_looking_writes_nothing(tmp_path: Path) -> None:
    repository(tmp_path, {"a.py": "", "b.py": ""})
    # A file whose times differ from the index: git status would refresh the index on the way.
    os.utime(tmp_path / "a.py", (1, 1))
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()}
    facts(tmp_path)
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


def test_a_folder_inside_another_repository_has_none_of_its_own(tmp_path: Path) -> None:
    repository(tmp_path, {"inner/a.py": ""})
    found = reading.read(tmp_path / "inner", run)
    assert found.facts is None
    assert found.outer == tmp_path.resolve()


def test_no_repository_is_no_problem(tmp_path: Path) -> None:
    found = reading.read(tmp_path, run)
    assert (found.facts, found.problem, found.outer) == (None, "", None)
    assert found.version


def test_a_repository_git_refuses_is_a_problem_in_its_words(tmp_path: Path) -> None:
    repository(tmp_path, {})
    (tmp_path / ".git" / "config").write_text("[broken", encoding="utf-8")
    found = reading.read(tmp_path, run)
    assert found.facts is None
    assert "bad config" in found.problem


names = (
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12)
    if sys.platform == "linux"
    else st.text(st.sampled_from("abc ü-é\N{GRINNING FACE}"), min_size=1, max_size=12).map(lambda name: f"f{name}x")
)


@settings(max_examples=8, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(names.filter(lambda name: name not in {".", "..", ".git"}), min_size=3, max_size=8))
def test_any_name_of_a_file_is_read_as_git_means_it(tmp_path_factory: pytest.TempPathFactory, chosen: set[str]) -> None:
    root = repository(tmp_path_factory.mktemp("repository"), {})
    staged, committed, *untracked = sorted(chosen)
    write(root, {committed: "one"})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Second")
    write(root, {committed: "two two", staged: "", **dict.fromkeys(untracked, "")})
    git(root, "add", "--", f"./{staged}")
    raw = subprocess.run(["git", "status", "--porcelain", "-z"], cwd=root, check=True, capture_output=True).stdout
    expected = {entry[3:].decode(): entry[:2].decode().replace(" ", ".") for entry in raw.split(b"\0") if entry}
    assert {change.path: change.status for change in facts(root).changes} == expected


def test_an_env_file_that_sets_nothing_secret_is_not_called_secret(tmp_path: Path) -> None:
    repository(
        tmp_path, {".env": "# on every computer\nDEBUG=1\nCOMPOSE_PROJECT_NAME=shop\n", ".env.prod": "API_KEY=abc\n"}
    )
    assert facts(tmp_path).sensitive == (".env.prod",)


def of_windows(root: Path) -> tuple[str, ...]:
    known = reading.read(root, run)
    return line_ends.find(root, known.tracked, Git(root, run))


SCRIPT = b"#!/bin/sh\r\nexec gunicorn\r\n"
OF_WINDOWS = {
    "bin/release": SCRIPT,
    "Procfile": b"web: gunicorn blog.wsgi\r\n",
    "two words.sh": b"echo\r\n",
    "manage.py": b"#!/usr/bin/env python\r\n",
    "LICENSE": b"MIT\r\n",
    "start.sh": b"#!/bin/sh\n",
}


def with_files_of_windows(root: Path, **settings: str) -> Path:
    repository(root, {"views.py": ""})
    for name, value in settings.items():
        git(root, "config", name.replace("_", "."), value)
    for path, data in OF_WINDOWS.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(data)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Scripts")
    return root


@pytest.mark.parametrize("autocrlf", ["false", "true"])
def test_what_linux_runs_is_found_by_its_line_ends(tmp_path: Path, autocrlf: str) -> None:
    root = with_files_of_windows(tmp_path, core_autocrlf=autocrlf)
    assert of_windows(root) == ("Procfile", "bin/release", "two words.sh")


def test_git_is_asked_for_the_line_ends_of_linux_in_scripts(tmp_path: Path) -> None:
    root = with_files_of_windows(tmp_path, core_autocrlf="true")
    rows = gitignore.add("*.png binary\n", line_ends.attributes(of_windows(root)))
    (root / ".gitattributes").write_bytes(rows.replace("\n", "\r\n").encode("utf-8"))
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Attributes")
    assert of_windows(root) == ()

    other = tmp_path.parent / f"{tmp_path.name}, again"
    subprocess.run(["git", "-c", "core.autocrlf=true", "clone", "--quiet", str(root), str(other)], check=True)
    ends = {path: b"\r" in (other / path).read_bytes() for path in (*OF_WINDOWS, ".gitattributes")}
    assert [path for path, windows in ends.items() if windows] == ["manage.py", "LICENSE", ".gitattributes"]
