"""The journal: all files of a change or none, whatever happens in between."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.errors import FilesChanged
from simple_deploy.engine.journal import Journal, NewBytes, Record
from simple_deploy.engine.landing import Lander
from simple_deploy.runs.recovery import in_order
from simple_deploy.system import files, process
from tests.support.repository import fingerprint, write
from tests.support.systems import needs_links

BEFORE = {"settings.py": b"DEBUG = True\r\n", "requirements.txt": b"Django\n", "old.txt": b"\xff\xfe binary"}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


CHANGES = (
    NewBytes(path="settings.py", before=sha(BEFORE["settings.py"]), data=b"DEBUG = False\r\n"),
    NewBytes(path="requirements.txt", before=sha(BEFORE["requirements.txt"]), data=b"Django\ngunicorn\n"),
    NewBytes(path="old.txt", before=sha(BEFORE["old.txt"]), data=None),
    NewBytes(path="deploy/nested/new.toml", before=None, data=b"[app]\n"),
)
AFTER = {
    "settings.py": sha(b"DEBUG = False\r\n"),
    "requirements.txt": sha(b"Django\ngunicorn\n"),
    "deploy/nested/new.toml": sha(b"[app]\n"),
}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    project = write(tmp_path / "project", BEFORE)
    (project / "settings.py").chmod(0o640)
    return Journal(project, project / ".simple_deploy" / "runs" / "one")


class Killed(BaseException):
    """Stands for a process that is gone from one instruction to the next."""


def test_a_change_is_applied_and_every_byte_comes_back(journal: Journal) -> None:
    before = fingerprint(journal.project)
    record = journal.apply(CHANGES)
    assert fingerprint(journal.project) == AFTER
    undoing = Journal(journal.project, journal.folder.with_name("two"))
    undoing.apply(journal.reversed(record, journal.standing(record)))
    journal.mark_undone(record)
    assert fingerprint(journal.project) == before
    assert not (journal.project / "deploy").exists()
    assert files.permissions(journal.project / "settings.py") == 0o640


def test_a_file_edited_meanwhile_stops_everything(journal: Journal) -> None:
    (journal.project / "requirements.txt").write_bytes(b"Django\nmine\n")
    before = fingerprint(journal.project)
    with pytest.raises(FilesChanged) as caught:
        journal.apply(CHANGES)
    assert caught.value.paths == ("requirements.txt",)
    assert fingerprint(journal.project) == before
    assert journal.load() is None


def test_a_failing_end_puts_everything_back(journal: Journal) -> None:
    before = fingerprint(journal.project)

    def fail() -> None:
        raise OSError("the branch cannot be moved")

    with pytest.raises(OSError, match="branch"):
        journal.apply(CHANGES, finish=fail)
    assert fingerprint(journal.project) == before
    assert not (journal.project / "deploy").exists()


def _copies(journal: Journal) -> dict[str, bytes]:
    """What is kept of the project's files in the folders of all its runs."""
    runs = journal.folder.parent
    found = (each for folder in ("backup", "aside") for each in runs.glob(f"*/{folder}/**/*") if each.is_file())
    return {each.relative_to(runs).as_posix(): each.read_bytes() for each in found}


SECRET = NewBytes(path=".env", before=None, data=b"KEY=hidden\n", mode=0o600, private=True)


def _undo(journal: Journal, name: str, *, is_needed: bool = False) -> Journal:
    record, undoing = journal.load(), Journal(journal.project, journal.folder.with_name(name))
    assert record is not None
    undoing.apply(journal.reversed(record, journal.standing(record)), final=True)
    journal.mark_undone(record, is_needed=is_needed)
    return undoing


def test_no_copy_of_a_private_file_outlives_its_undo(journal: Journal) -> None:
    second = Journal(journal.project, journal.folder.with_name("two"))
    journal.apply((*CHANGES, SECRET))
    second.apply((replace(SECRET, before=sha(b"KEY=hidden\n"), data=b"KEY=hidden too\n"),))
    assert b"KEY=hidden\n" in _copies(journal).values()  # undoing the second needs it
    _undo(second, "three")
    assert (journal.project / ".env").read_bytes() == b"KEY=hidden\n"
    assert not any(b"hidden" in data for data in _copies(journal).values())
    _undo(journal, "four")
    assert not (journal.project / ".env").exists()
    copies = _copies(journal)
    assert not any(b"hidden" in data for data in copies.values())
    assert copies["four/backup/requirements.txt"] == b"Django\ngunicorn\n"  # other files have their backup


def test_a_private_file_keeps_its_backup_while_others_need_it(journal: Journal) -> None:
    (journal.project / ".env").write_bytes(b"MINE=1\n")
    journal.apply((replace(SECRET, before=sha(b"MINE=1\n")),))
    _undo(journal, "two", is_needed=True)
    assert _copies(journal) == {"one/backup/.env": b"MINE=1\n"}


def test_a_failed_change_keeps_no_copy_of_a_private_file(journal: Journal) -> None:
    (journal.project / ".env").write_bytes(b"MINE=1\n")

    def fail() -> None:
        raise OSError("the branch cannot be moved")

    with pytest.raises(OSError, match="branch"):
        journal.apply((*CHANGES, replace(SECRET, before=sha(b"MINE=1\n"))), finish=fail)
    assert (journal.project / ".env").read_bytes() == b"MINE=1\n"
    assert not any(path.endswith(".env") for path in _copies(journal))


def test_an_undo_that_a_crash_cut_short_keeps_no_copy_either(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    record, undoing = journal.apply((SECRET,)), Journal(journal.project, journal.folder.with_name("two"))

    def killed(self: Journal, record: Record) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "clear_up", killed)
        with pytest.raises(Killed):
            undoing.apply(journal.reversed(record, journal.standing(record)), final=True)
    assert _copies(journal)
    in_order("two", Lander(project=journal.project, folder=undoing.folder, run=process.run))
    assert _copies(journal) == {}


def _kill_at(monkeypatch: pytest.MonkeyPatch, index: int, at_once: bool) -> list[str]:
    """Let the process die at the *index*-th write or rename; returns the list of those that were begun."""
    begun: list[str] = []
    real_write, real_replace, real_swap = files.write_durably, files.replace, files._rename_at_once

    def step(name: str) -> None:
        begun.append(name)
        if len(begun) == index:
            raise Killed(name)

    def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
        step(f"write {path.name}")
        real_write(path, data, mode=mode)

    def replace(source: Path, target: Path) -> None:
        step(f"rename {target.name}")
        real_replace(source, target)

    def rename_at_once(one: Path, other: Path, flags: Mapping[str, int]) -> bool:
        step(f"exchange {one.name}")
        return real_swap(one, other, flags) if at_once else False

    def rename(source: Path, target: Path) -> None:
        step(f"rename {target.name}")
        real_rename(source, target)

    real_rename = files.rename
    monkeypatch.setattr(files, "write_durably", write_durably)
    monkeypatch.setattr(files, "replace", replace)
    monkeypatch.setattr(files, "rename", rename)
    monkeypatch.setattr(files, "_rename_at_once", rename_at_once)
    return begun


@pytest.mark.parametrize("at_once", [True, False], ids=["exchanged in one step", "by renames"])
def test_killed_at_every_write_the_project_is_as_before_or_entirely_changed(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    before = fingerprint(journal.project)
    for index in range(1, 100):
        with monkeypatch.context() as patch:
            # A killed process puts nothing back by itself.
            patch.setattr(Journal, "_restore", lambda self, record: None)
            patch.setattr(Path, "unlink", _unlink_unless_journal(Path.unlink))
            begun = _kill_at(patch, index, at_once)
            try:
                record = journal.apply(CHANGES)
            except Killed:
                record = None
        if record is not None and len(begun) < index:
            break
        journal.recover(lambda record: False)
        assert fingerprint(journal.project) in (before, AFTER), f"killed at {begun[-1]} ({index})"
        if fingerprint(journal.project) == AFTER:
            applied = journal.load()
            assert applied is not None
            Journal(journal.project, journal.folder.with_name("back")).apply(
                journal.reversed(applied, journal.standing(applied))
            )
            journal.mark_undone(applied)
        assert fingerprint(journal.project) == before
    else:
        pytest.fail("the number of writes has no end")
    assert index > 8


def _unlink_unless_journal(real):  # type: ignore[no-untyped-def]
    def unlink(self: Path, missing_ok: bool = False) -> None:
        if self.name != "undo.json":
            real(self, missing_ok=missing_ok)

    return unlink


def test_recover_keeps_a_change_whose_commit_has_become_head(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_restore", lambda self, record: None)
        patch.setattr(Path, "unlink", _unlink_unless_journal(Path.unlink))

        def finish() -> None:
            moved.append("new")
            raise Killed("right after the branch moved")

        with pytest.raises(Killed):
            journal.apply(CHANGES, moved=("old", "new"), finish=finish)
    assert journal.recover(lambda record: record.moved_to == "new")
    assert fingerprint(journal.project) == AFTER
    record = journal.load()
    assert record is not None and record.state == "applied"


def test_recovering_twice_changes_nothing(journal: Journal) -> None:
    journal.apply(CHANGES)
    assert not journal.recover(lambda record: False)
    assert fingerprint(journal.project) == AFTER


@needs_links
def test_a_file_that_became_a_link_stops_everything(journal: Journal) -> None:
    settings = journal.project / "settings.py"
    settings.rename(journal.project / "elsewhere.py")
    settings.symlink_to("elsewhere.py")
    with pytest.raises(FilesChanged) as caught:
        journal.apply(CHANGES)
    assert caught.value.paths == ("settings.py",)
    assert settings.is_symlink()


@needs_links
def test_a_folder_that_became_a_link_stops_everything(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (journal.project / "deploy").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FilesChanged):
        journal.apply(CHANGES)
    assert not any((tmp_path / "elsewhere").iterdir())
