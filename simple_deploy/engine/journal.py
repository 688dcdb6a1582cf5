"""The only writer into the project: all files of a change or none of them, and every byte can be put back.

Order of a change: check that every file is still as it was, store backups and the journal, then replace one file after
the other by an atomic rename. A crash in between is found by :meth:`Journal.recover` at the next opportunity.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from simple_deploy.core import codec
from simple_deploy.core.errors import FilesChanged, StateUnusable
from simple_deploy.core.events import FileVerb
from simple_deploy.engine import files

OnFile = Callable[[str, FileVerb], None]
JournalState = Literal["applying", "applied", "undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBytes:
    """What a file is to become.

    :param before: SHA-256 it must have now; None when it must not exist.
    :param data: its new bytes; None to remove it.
    :param mode: permission bits for a file that does not exist now; None means the usual 0644.
    """

    path: str
    before: str | None
    data: bytes | None
    mode: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file in the journal; hashes are SHA-256, *mode* are its permission bits before."""

    path: str
    before: str | None
    after: str | None
    mode: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The journal of one change, as stored in ``undo.json``.

    :param moved_from: commit the branch stood on, when the change includes a commit.
    :param moved_to: the commit.
    :param made_folders: folders that did not exist before, innermost last.
    """

    state: JournalState
    entries: tuple[Entry, ...]
    made_folders: tuple[str, ...] = ()
    moved_from: str | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one run.

    :param project: absolute root the paths are relative to.
    :param folder: folder of the run; holds ``undo.json`` and ``backup/``.
    """

    project: Path
    folder: Path

    @property
    def _file(self) -> Path:
        return self.folder / "undo.json"

    def load(self) -> Record | None:
        """:raises StateUnusable: the journal is there but cannot be read."""
        raw = files.read_bytes(self._file)
        if raw is None:
            return None
        try:
            return codec.from_data(Record, json.loads(raw))
        except (ValueError, codec.CodecError) as error:
            raise StateUnusable(
                f"The journal {self._file} cannot be read: {error}.",
                hint=f"The original files are in {self.folder / 'backup'}: copy them back by hand if they are needed, "
                f"then delete {self._file}.",
            ) from error

    @property
    def began(self) -> float:
        """When the change began to be carried out, as seconds since the epoch."""
        return self._file.stat().st_mtime

    @property
    def _applied_file(self) -> Path:
        return self.folder / "undo.applied.json"

    def _save(self, record: Record) -> None:
        files.write_atomic(self._file, _to_json(record))

    def apply(
        self,
        changes: Sequence[NewBytes],
        *,
        moved: tuple[str, str] | None = None,
        finish: Callable[[], None] = lambda: None,
        unfinish: Callable[[], None] = lambda: None,
        is_final: Callable[[], bool] = lambda: False,
        on_file: OnFile = lambda path, change: None,
    ) -> Record:
        """Carry out *changes*, then *finish*; put everything back if any of it fails.

        :param moved: commit before and after, when *finish* moves the branch.
        :param unfinish: takes back what *finish* has done so far; called again when it did not come to its end.
        :param is_final: whether *finish* has done what cannot be taken back, so that the change is complete.
        :param on_file: told each path with ``create``, ``modify`` or ``delete``.
        :raises FilesChanged: a file is not as *before* says; nothing was touched.
        """
        self._check_unchanged(changes)
        record = self._prepare(changes, moved)
        applied = replace(record, state="applied")
        finished = False
        try:
            for change in changes:
                self._put(change.path, change.data, self._mode(change))
                kind: FileVerb = "modify" if change.before is not None else "create"
                kind = "delete" if change.data is None else kind
                on_file(change.path, kind)
            finish()
            finished = moved is not None  # a branch that has moved is not moved back: the change is complete
            files.replace(self._applied_file, self._file)
        except BaseException:
            if not finished and not is_final():
                unfinish()
                self._restore(record)
                self._file.unlink(missing_ok=True)
            raise
        shutil.rmtree(self.folder / "staged", ignore_errors=True)
        return applied

    def recover(self, is_complete: Callable[[Record], bool], unfinish: Callable[[], None] = lambda: None) -> bool:
        """Finish or take back a change that a crash cut short; True when there was one.

        :param is_complete: whether the last thing that cannot be taken back had been done.
        :param unfinish: see :meth:`apply`.
        """
        record = self.load()
        if record is None or record.state != "applying":
            return False
        if is_complete(record):
            self._save(replace(record, state="applied"))
            shutil.rmtree(self.folder / "staged", ignore_errors=True)
        else:
            unfinish()
            self._restore(record)
            self._file.unlink(missing_ok=True)
        return True

    def conflicts(self, record: Record) -> tuple[str, ...]:
        """Paths that are neither as the change left them nor as they were before it."""
        return tuple(entry.path for entry in record.entries if self._now(entry.path) not in (entry.after, entry.before))

    def original(self, entry: Entry) -> bytes | None:
        """The backed-up bytes.

        :raises StateUnusable: the backup is missing or damaged.
        """
        if entry.before is None:
            return None
        data = files.read_bytes(self._backup(entry.path))
        if data is None or files.sha256(data) != entry.before:
            raise StateUnusable(
                f"The backup of {entry.path} is missing or damaged, so it cannot be restored.",
                hint="Restore that file from git or from your own backup.",
            )
        return data

    def reversed(self, record: Record) -> tuple[NewBytes, ...]:
        """The changes that take this one back; files that are as before already need none."""
        return tuple(
            NewBytes(path=entry.path, before=entry.after, data=self.original(entry), mode=entry.mode)
            for entry in record.entries
            if self._now(entry.path) != entry.before
        )

    def note_commit(self, record: Record, before: str, after: str) -> None:
        """The change became part of commit *after*, on top of *before*, when it was in the project already."""
        self._save(replace(record, moved_from=before, moved_to=after))

    def mark_undone(self, record: Record) -> None:
        self._remove_made_folders(record)
        self._save(replace(record, state="undone"))

    # -- how it is done --

    def _check_unchanged(self, changes: Sequence[NewBytes]) -> None:
        changed = [change.path for change in changes if self._now(change.path) != change.before]
        if changed:
            raise FilesChanged(
                "These files changed in the meantime: " + ", ".join(changed) + ". Nothing was touched.",
                paths=changed,
                hint="Plan again, so that your changes are taken into account.",
            )

    def _prepare(self, changes: Sequence[NewBytes], moved: tuple[str, str] | None) -> Record:
        files.private_folder(self.folder)
        entries = []
        for change in changes:
            target = self._target(change.path)
            mode = None
            if change.before is not None:
                mode = files.permissions(target)
                backup = self._backup(change.path)
                files.private_folder(backup.parent)
                files.write_durably(backup, target.read_bytes())
            if change.data is not None:
                staged = self._staged(change.path)
                files.private_folder(staged.parent)
                files.write_durably(staged, change.data)
            after = None if change.data is None else files.sha256(change.data)
            entries.append(Entry(path=change.path, before=change.before, after=after, mode=mode))
        record = Record(
            state="applying",
            entries=tuple(entries),
            made_folders=self._folders_to_make(changes),
            moved_from=moved[0] if moved else None,
            moved_to=moved[1] if moved else None,
        )
        # The end is written beforehand: when the files are replaced nothing is left to do that needs space.
        files.write_atomic(self._applied_file, _to_json(replace(record, state="applied")))
        self._save(record)
        return record

    def _folders_to_make(self, changes: Sequence[NewBytes]) -> tuple[str, ...]:
        wanted: set[str] = set()
        for change in changes:
            if change.data is not None:
                for parent in PurePosixPath(change.path).parents:
                    if parent.parts and not self._target(str(parent)).exists():
                        wanted.add(str(parent))
        return tuple(sorted(wanted, key=lambda path: path.count("/")))

    def _mode(self, change: NewBytes) -> int:
        target = self._target(change.path)
        if target.exists():
            return files.permissions(target)
        return 0o644 if change.mode is None else change.mode

    def _put(self, path: str, data: bytes | None, mode: int | None) -> None:
        target = self._target(path)
        if data is None:
            target.unlink(missing_ok=True)
            files.sync_folder(target.parent)
            return
        staged = self._staged(path)
        if files.read_bytes(staged) != data:
            files.private_folder(staged.parent)
            files.write_durably(staged, data)
        self._move(staged, path, mode)

    def _move(self, source: Path, path: str, mode: int | None) -> None:
        target = self._target(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(mode if mode is not None else 0o644)
        try:
            files.replace(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The state folder lies on another file system: the rename has to start beside the target.
            beside = self._beside(path)
            files.write_durably(beside, source.read_bytes(), mode=mode if mode is not None else 0o644)
            files.replace(beside, target)
            source.unlink(missing_ok=True)

    def _restore(self, record: Record) -> None:
        """Put everything back, by moving the backups: that needs no space. What the person edited meanwhile stays."""
        for entry in record.entries:
            self._beside(entry.path).unlink(missing_ok=True)
            now = self._now(entry.path)
            if now != entry.after or now == entry.before:
                continue
            if entry.before is None:
                self._put(entry.path, None, None)
            else:
                self.original(entry)
                self._move(self._backup(entry.path), entry.path, entry.mode)
        self._remove_made_folders(record)
        self._applied_file.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "staged", ignore_errors=True)

    def _remove_made_folders(self, record: Record) -> None:
        for folder in reversed(record.made_folders):
            target = self._target(folder)
            if target.is_dir() and not any(target.iterdir()):
                target.rmdir()

    def _now(self, path: str) -> str | None:
        data = files.read_bytes(self._target(path))
        return None if data is None else files.sha256(data)

    def _target(self, path: str) -> Path:
        return self.project.joinpath(*PurePosixPath(path).parts)

    def _beside(self, path: str) -> Path:
        """Where a file is written that cannot be renamed into its place; found again after a crash by its name."""
        target = self._target(path)
        return target.with_name(f".{target.name}.{self.folder.name}.tmp")

    def _backup(self, path: str) -> Path:
        return (self.folder / "backup").joinpath(*PurePosixPath(path).parts)

    def _staged(self, path: str) -> Path:
        return (self.folder / "staged").joinpath(*PurePosixPath(path).parts)


def _to_json(record: Record) -> str:
    return json.dumps(codec.to_data(record), indent=1)
