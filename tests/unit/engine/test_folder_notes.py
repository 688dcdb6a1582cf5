from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from simple_deploy.engine.folder_notes import FolderNotes, shown


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "blög"
    folder.mkdir()
    return folder


@pytest.fixture
def bench(project: Path) -> Path:
    folder = project / ".simple_deploy" / "runs" / "20261130-1" / "tree"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def notes(project: Path, tmp_path: Path) -> FolderNotes:
    run = tmp_path / "run"
    run.mkdir()
    return FolderNotes(project, run)


def settings(home: Path, data: object, *, at: str = ".pond/config.json", **layout: object) -> Path:
    """The settings of a program, which only their owner may read."""
    path = home / at
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, **layout), encoding="utf-8")  # type: ignore[arg-type]
    path.chmod(0o600)
    return path.resolve()


def read(path: Path) -> object:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "at", [".pond/config.json", ".config/pond/sites.json", "Library/Application Support/pond/s.json"]
)
def test_the_note_of_the_copy_becomes_that_of_the_project_and_undo_removes_it(
    home: Path, project: Path, bench: Path, notes: FolderNotes, at: str
) -> None:
    others = {"/srv/other": {"path": "/srv/other", "site": "1"}}
    mine = {"path": str(bench), "site": "8f1c", "api": str(bench / "api")}
    path = settings(home, {"token": "t", "sites": {**others, str(bench): mine}}, at=at, indent=2, ensure_ascii=False)
    assert notes.bring(bench) == (path,)
    moved = {"path": str(project), "site": "8f1c", "api": str(project / "api")}
    wanted = {"token": "t", "sites": {**others, str(project): moved}}
    assert path.read_text(encoding="utf-8") == json.dumps(wanted, indent=2, ensure_ascii=False)
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600
    assert all("8f1c" not in each.read_text(encoding="utf-8") for each in notes.folder.iterdir())
    assert notes.bring(bench) == ()  # a run that is taken up again has nothing to bring, and forgets nothing
    assert notes.take_back() == (path,)
    assert path.read_text(encoding="utf-8") == json.dumps({"token": "t", "sites": others}, indent=2, ensure_ascii=False)
    assert [*notes.folder.iterdir()] == []


def test_the_note_of_a_folder_below_comes_too(home: Path, project: Path, bench: Path, notes: FolderNotes) -> None:
    path = settings(home, {str(bench / "blog"): "quiet"})
    notes.bring(bench)
    assert read(path) == {str(project / "blog"): "quiet"}


def test_what_the_project_has_already_stays(home: Path, project: Path, bench: Path, notes: FolderNotes) -> None:
    path = settings(home, {"sites": {str(project): "old", str(bench): "new"}}, indent=4)
    before = path.read_bytes()
    assert notes.bring(bench) == () and notes.take_back() == ()
    assert path.read_bytes() == before


def test_a_note_that_is_another_one_by_now_stays(home: Path, project: Path, bench: Path, notes: FolderNotes) -> None:
    path = settings(home, {str(bench): {"site": "1"}})
    notes.bring(bench)
    path.write_text(json.dumps({str(project): {"site": "2"}}), encoding="utf-8")
    assert notes.take_back() == ()
    assert read(path) == {str(project): {"site": "2"}}


@pytest.mark.parametrize(
    "text",
    [
        '{"recent": ["{bench}"]}',
        '// settings\n{"{bench}": 1}',
        '{"{bench}-2": 1}',
        "[" * 100_000,
        "[" * 4000 + "]" * 4000,
    ],
)
def test_what_is_no_table_of_folders_is_left_alone(home: Path, bench: Path, notes: FolderNotes, text: str) -> None:
    path = settings(home, {})
    path.write_text(text.replace("{bench}", json.dumps(str(bench))[1:-1]), encoding="utf-8")
    before = path.read_bytes()
    assert notes.bring(bench) == ()
    assert path.read_bytes() == before


def test_a_file_is_named_as_a_person_writes_it(home: Path) -> None:
    path = settings(home, {})
    assert shown(path) == str(Path("~/.pond/config.json"))
