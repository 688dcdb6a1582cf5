"""Fixes and what taking them back leaves: files, commits, settings and index as they were."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.core.errors import CommandFailed, FilesChanged, NothingToUndo
from simple_deploy.core.facts import Dependencies, GitFacts, Host, Location, ProjectFacts
from simple_deploy.engine import fixing
from simple_deploy.engine.landing import Lander
from simple_deploy.system import files, process
from tests.support.repository import fingerprint, git, repository, write

ME = {"name": "Ada", "email": "ada@example.com"}


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A computer whose git knows nobody."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))


def facts(root: Path, head: str | None = None, *, identity: bool = False) -> ProjectFacts:
    state = GitFacts(head=head, branch="main", identity=identity) if (root / ".git").exists() else None
    host = Host(system="linux", python="3.12", python_executable="", base_python="", git="2.40", git_identity=identity)
    return ProjectFacts(
        location=Location(root=root),
        name="site",
        host=host,
        django=None,
        dependencies=Dependencies(manager="none", suggested=("Django==5.2",)),
        git=state,
        settings=None,
    )


class Fixed:
    """A fix that was carried out in *root*."""

    def __init__(self, root: Path, name: str, known: ProjectFacts, given: Mapping[str, object]) -> None:
        self.lander = Lander(project=root, folder=root.parent / "run", run=process.run)
        self.undoing = Lander(project=root, folder=root.parent / "undo", run=process.run)
        for each in (self.lander, self.undoing):
            each.folder.mkdir()
        self.results = fixing.apply_fix(
            name, known, given, run=process.run, lander=self.lander, on_file=lambda path, change: None
        )

    def undo(self) -> str | None:
        return fixing.undo(self.results, self.lander, self.undoing, title="fix", on_file=lambda path, change: None)


def test_a_list_of_packages_that_was_committed_is_reverted_by_a_commit(tmp_path: Path) -> None:
    root = repository(tmp_path / "site", {"manage.py": "1\n"})
    for name in ("user.name", "user.email"):
        git(root, "config", "--unset", name)
    write(root, {"staged.txt": "mine\n"})
    git(root, "add", "staged.txt")
    before, head, status = fingerprint(root), git(root, "rev-parse", "HEAD"), git(root, "status", "--porcelain")
    fixed = Fixed(root, "write-requirements", facts(root, head), ME)
    assert git(root, "show", "--name-only", "--format=%an") == "Ada\n\nrequirements.txt"
    commit = fixed.undo()
    assert commit is not None and git(root, "rev-parse", "HEAD") == commit
    assert git(root, "diff", head, commit) == "" and git(root, "rev-list", "--count", f"{head}..HEAD") == "2"
    assert (fingerprint(root), git(root, "status", "--porcelain")) == (before, status)
    assert "user." not in git(root, "config", "--local", "--list")


def test_a_first_commit_in_a_repository_that_was_there_is_taken_back(tmp_path: Path) -> None:
    root = write(tmp_path / "site", {"manage.py": "1\n", "staged.txt": "mine\n"})
    git(root, "init", "--quiet", "--initial-branch=trunk")
    git(root, "config", "user.name", "Grace")
    git(root, "add", "staged.txt")
    before, status = fingerprint(root), git(root, "status", "--porcelain=v2", "--branch")
    fixed = Fixed(root, "first-commit", facts(root), ME)
    assert git(root, "status", "--porcelain") == ""
    assert fixed.undo() is None
    assert (fingerprint(root), git(root, "status", "--porcelain=v2", "--branch")) == (before, status)
    assert git(root, "config", "user.name") == "Grace"
    assert "user.email" not in git(root, "config", "--local", "--list")


def test_a_repository_that_was_made_is_put_aside(tmp_path: Path) -> None:
    root = write(tmp_path / "site", {"manage.py": "1\n"})
    before = fingerprint(root)
    fixed = Fixed(root, "create-repository", facts(root), ME)
    fixed.undo()
    assert fingerprint(root) == before and not (root / ".git").exists()


def test_who_commits_is_forgotten(tmp_path: Path) -> None:
    root = repository(tmp_path / "site", {"manage.py": "1\n"})
    git(root, "config", "--unset", "user.name")
    git(root, "config", "--unset", "user.email")
    fixed = Fixed(root, "git-identity", facts(root, git(root, "rev-parse", "HEAD")), ME)
    assert git(root, "config", "user.name") == "Ada"
    fixed.undo()
    assert "user." not in git(root, "config", "--local", "--list")


@pytest.mark.parametrize("name", ["create-repository", "first-commit", "write-requirements"])
def test_a_fix_that_fails_leaves_all_as_it_was(tmp_path: Path, name: str) -> None:
    """A hook, or whatever it is, refuses the commit."""
    root = tmp_path / "site"
    if name == "write-requirements":
        repository(root, {"manage.py": "1\n"})
    else:
        write(root, {"manage.py": "1\n"})
    if name == "first-commit":
        git(root, "init", "--quiet")
    head = git(root, "rev-parse", "HEAD") if name == "write-requirements" else None
    before = fingerprint(root)
    status = git(root, "status", "--porcelain") if (root / ".git").exists() else None

    def refusing(argv: Any, **options: Any) -> Any:
        if "commit" in argv:
            raise CommandFailed("No.", argv=argv, returncode=1)
        return process.run(argv, **options)

    lander = Lander(project=root, folder=tmp_path / "run", run=process.run)
    lander.folder.mkdir()
    with pytest.raises(CommandFailed):
        fixing.apply_fix(name, facts(root, head), ME, run=refusing, lander=lander, on_file=lambda path, change: None)
    assert fingerprint(root) == before
    assert (git(root, "status", "--porcelain") if (root / ".git").exists() else None) == status


def test_commits_of_the_person_are_never_taken_back(tmp_path: Path) -> None:
    root = write(tmp_path / "site", {"manage.py": "1\n"})
    fixed = Fixed(root, "create-repository", facts(root), ME)
    write(root, {"manage.py": "2\n"})
    git(root, "commit", "--quiet", "-am", "Mine")
    with pytest.raises(NothingToUndo, match="your own commits"):
        fixed.undo()
    assert (root / ".git").exists()


def test_a_file_that_was_edited_stops_it_before_anything_else(tmp_path: Path) -> None:
    root = write(tmp_path / "site", {"manage.py": "1\n"})
    fixed = Fixed(root, "create-repository", facts(root), ME)
    write(root, {".gitignore": "mine\n"})
    with pytest.raises(FilesChanged, match="gitignore"):
        fixed.undo()
    assert git(root, "log", "--format=%s") == "First commit"


@pytest.mark.parametrize("name", ["create-repository", "first-commit", "write-requirements"])
def test_a_fix_that_only_could_not_be_noted_as_done_is_done(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails after the commit: that is not taken back, so neither is the rest."""
    root = tmp_path / "site"
    head = None
    if name == "write-requirements":
        repository(root, {"manage.py": "1\n"})
        head = git(root, "rev-parse", "HEAD")
    else:
        write(root, {"manage.py": "1\n"})
    if name == "first-commit":
        git(root, "init", "--quiet")
    lander = Lander(project=root, folder=tmp_path / "run", run=process.run)
    lander.folder.mkdir()
    replace = files.replace

    def failing(source: Path, target: Path) -> None:
        if source.name == "undo.applied.json":
            raise OSError(errno.EIO, "broken")
        replace(source, target)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="broken"):
        patch.setattr(files, "replace", failing)
        fixing.apply_fix(name, facts(root, head), ME, run=process.run, lander=lander, on_file=lambda path, change: None)
    assert lander.recover()
    assert git(root, "rev-parse", "HEAD") != head and git(root, "status", "--porcelain") == ""
    assert fixing.achieved(lander)


def test_line_ends_of_linux_are_kept_and_given_back(tmp_path: Path) -> None:
    root = repository(tmp_path / "site", {"manage.py": "1\n"})
    (root / "start.sh").write_bytes(b"#!/bin/sh\r\nexec gunicorn\r\n")
    git(root, "add", "start.sh")
    git(root, "commit", "--quiet", "-m", "A script")
    before, head = fingerprint(root), git(root, "rev-parse", "HEAD")
    known = facts(root, head, identity=True)
    assert known.git is not None
    fixed = Fixed(root, "linux-line-ends", replace(known, git=replace(known.git, windows_scripts=("start.sh",))), {})
    assert (root / ".gitattributes").read_bytes() == b"*.sh text eol=lf\n"
    assert git(root, "ls-files", "--eol", "start.sh").split()[:2] == ["i/lf", "w/lf"]
    assert git(root, "status", "--porcelain") == ""
    assert fixed.undo() is not None
    assert (fingerprint(root), git(root, "status", "--porcelain")) == (before, "")


def untracking(root: Path, **changes: Any) -> ProjectFacts:
    known = facts(root, git(root, "rev-parse", "HEAD"), identity=True)
    assert known.git is not None
    return replace(known, git=replace(known.git, databases=("db.sqlite3",), compiled=("app/__pycache__",), **changes))


MADE = {"manage.py": "1\n", "db.sqlite3": "rows\n", "app/__pycache__/a.cpython-312.pyc": "a\n"}


@pytest.mark.parametrize("ignored", ["", "/db.sqlite3\n__pycache__/\n*.py[cod]\n"], ids=["not ignored", "ignored"])
@pytest.mark.parametrize("commits", [True, False], ids=["committed", "not committed"])
def test_what_was_taken_out_of_git_comes_back_into_it(tmp_path: Path, ignored: str, commits: bool) -> None:
    root = repository(tmp_path / "site", MADE)
    if ignored:
        write(root, {".gitignore": ignored})
        git(root, "add", ".gitignore")
        git(root, "commit", "--quiet", "-m", "Ignore")
    write(root, {"db.sqlite3": "more rows\n"})
    head, before, status = git(root, "rev-parse", "HEAD"), fingerprint(root), git(root, "status", "--porcelain")
    assert status == "M db.sqlite3"
    fixed = Fixed(root, "untrack", untracking(root, in_progress=None if commits else "merge"), {})
    assert "db.sqlite3" not in git(root, "ls-files") and "a.cpython" not in git(root, "ls-files")
    assert (git(root, "rev-parse", "HEAD") != head) == commits

    fixed.undo()

    assert git(root, "ls-files") == git(root, "ls-tree", "-r", "--name-only", head)
    assert git(root, "rev-parse", "HEAD^{tree}") == git(root, "rev-parse", f"{head}^{{tree}}")
    assert (fingerprint(root), git(root, "status", "--porcelain")) == (before, status)


def test_what_its_owner_has_added_again_stays_as_they_added_it(tmp_path: Path) -> None:
    root = repository(tmp_path / "site", MADE)
    fixed = Fixed(root, "untrack", untracking(root), {})
    write(root, {"db.sqlite3": "other rows\n"})
    git(root, "add", "--force", "db.sqlite3")
    git(root, "commit", "--quiet", "-m", "Wanted after all")

    fixed.undo()

    assert git(root, "show", "HEAD:db.sqlite3") == "other rows"
    assert "a.cpython-312.pyc" in git(root, "ls-files")
    assert git(root, "status", "--porcelain") == ""
