"""Whole files, from a plan's steps to the project and back: programs, private files, and files that go."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from simple_deploy.core.errors import PluginError
from simple_deploy.core.facts import Dependencies
from simple_deploy.core.plan import FileChange
from simple_deploy.core.steps import FileStep, PlaceFile, RemoveFile, WriteFile
from simple_deploy.engine import landing, workbench
from simple_deploy.engine.landing import Lander
from simple_deploy.engine.render import Renderer
from simple_deploy.engine.workbench import Workbench
from simple_deploy.managers.base import Place
from simple_deploy.runs.asking import Ahead
from simple_deploy.system import process
from tests.support.repository import fingerprint, git, repository

FILES = {"start.sh": "#!/bin/sh\n", "old.cfg": "old\n", ".gitignore": "/private/\n"}
SECRET = b"KEY=9fM2-very-secret-3xQ\n"

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-global-config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return repository(tmp_path / "my project", FILES)


def program(path: str, text: str) -> WriteFile:
    return WriteFile(id=path, title="…", why="…", path=path, text=text, if_exists="replace", executable=True)


def private(path: str) -> PlaceFile:
    return PlaceFile(id=path, title="…", why="…", path=path, private=True)


def gone(path: str) -> RemoveFile:
    return RemoveFile(id=path, title="…", why="…", path=path)


def rendered(
    project: Path, *steps: FileStep, files: Mapping[str, bytes] | None = None
) -> tuple[Workbench, tuple[FileChange, ...]]:
    bench = workbench.create(project, project.parent / "tree", run=process.run)
    renderer = Renderer(
        bench,
        Dependencies(manager="none"),
        asker=Ahead(given={}, use_defaults=True, otherwise=None),
        redact=str,
        written={},
        place=Place(root=bench.folder, run=process.run, uv="uv", python="python"),
        files=files or {},
    )
    changes, _ = renderer.render(steps)
    return bench, changes


def landed(project: Path, bench: Workbench, changes: tuple[FileChange, ...], *, commit: bool) -> Lander:
    lander = Lander(project=project, folder=project.parent / "runs" / "one", run=process.run)
    made = None
    if commit:
        wanted = [each for each in changes if not each.private]
        programs = [each.path for each in wanted if each.is_program]
        made = bench.commit("Configure", [each.path for each in wanted], process.run, programs=programs)
    lander.land(bench, changes, commit=made, on_file=lambda path, change: None)
    return lander


def undone(project: Path, done: Lander) -> None:
    lander = Lander(project=project, folder=project.parent / "runs" / "two", run=process.run)
    landing.undo(done, lander, title="deploy", on_file=lambda path, change: None)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@posix_only
@pytest.mark.parametrize("commit", [True, False])
def test_a_new_program_can_be_executed_and_goes_with_undo(project: Path, commit: bool) -> None:
    before = fingerprint(project)
    done = landed(project, *rendered(project, program("build.sh", "#!/bin/sh\n")), commit=commit)
    assert mode(project / "build.sh") == 0o755
    if commit:
        assert git(project, "ls-tree", "HEAD", "build.sh").startswith("100755 ")
        assert git(project, "status", "--porcelain") == ""
    undone(project, done)
    assert fingerprint(project) == before


@posix_only
def test_a_file_that_became_a_program_is_none_after_undo(project: Path) -> None:
    done = landed(project, *rendered(project, program("start.sh", "#!/bin/sh\nexec x\n")), commit=True)
    assert mode(project / "start.sh") == 0o755
    undone(project, done)
    assert mode(project / "start.sh") == 0o644
    assert git(project, "ls-tree", "HEAD", "start.sh").startswith("100644 ")


@posix_only
def test_undo_leaves_the_permissions_that_the_person_has_set(project: Path) -> None:
    step = WriteFile(id="a", title="…", why="…", path="old.cfg", text="new\n", if_exists="replace")
    done = landed(project, *rendered(project, step), commit=False)
    (project / "old.cfg").chmod(0o640)
    undone(project, done)
    assert ((project / "old.cfg").read_text(), mode(project / "old.cfg")) == ("old\n", 0o640)


@pytest.mark.parametrize("commit", [True, False])
def test_a_removed_file_is_there_again_after_undo(project: Path, commit: bool) -> None:
    before = fingerprint(project)
    bench, changes = rendered(project, gone("old.cfg"), gone("never-there.cfg"))
    assert [(each.path, each.change, each.removed) for each in changes] == [("old.cfg", "delete", 1)]
    done = landed(project, bench, changes, commit=commit)
    assert not (project / "old.cfg").exists()
    undone(project, done)
    assert fingerprint(project) == before


def test_a_private_file_is_shown_to_nobody_and_in_no_commit(project: Path) -> None:
    before, path = fingerprint(project), "private/key.env"
    bench, changes = rendered(project, private(path), program("run.sh", "x\n"), files={path: SECRET})
    assert next(each for each in changes if each.path == path).diff == ""
    done = landed(project, bench, changes, commit=True)
    assert (project / path).read_bytes() == SECRET
    assert os.name == "nt" or mode(project / path) == 0o600
    assert git(project, "ls-files", path) == "" and git(project, "status", "--porcelain") == ""
    undone(project, done)
    assert fingerprint(project) == before


def test_what_git_does_not_ignore_is_not_private(project: Path) -> None:
    with pytest.raises(PluginError, match="git does not ignore it"):
        rendered(project, private("key.env"), files={"key.env": SECRET})


def test_bytes_that_are_no_text_arrive_as_they_are(project: Path) -> None:
    step = PlaceFile(id="a", title="…", why="…", path="icon.png")
    done = landed(project, *rendered(project, step, files={"icon.png": b"\x89PNG\r\n\x00\xff"}), commit=True)
    assert (project / "icon.png").read_bytes() == b"\x89PNG\r\n\x00\xff"
    undone(project, done)
    assert not (project / "icon.png").exists()
