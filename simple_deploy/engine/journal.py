"""The only writer into the project: all files of a change or none of them, and every byte can be put back.

Order of a change: read every file once and see that it is still as it was, store those bytes as its backup, the new
ones and the journal, then swap one file after the other (:mod:`simple_deploy.engine.swap`). A crash in between is
found by :meth:`Journal.recover` at the next opportunity.

``backup/`` holds the bytes that were read. ``aside/`` holds the new files, and each old one once it is swapped: whoever
had that open may still write to it, and what is written then is found there.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from simple_deploy.core import codec
from simple_deploy.core.errors import FilesChanged, StateUnusable
from simple_deploy.core.events import FileVerb
from simple_deploy.engine import swap
from simple_deploy.engine.swap import NOTHING, Edited, Seen
from simple_deploy.system import files, stored

OnFile = Callable[[str, FileVerb], None]
JournalState = Literal["applying", "applied", "undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBytes:
    """What a file is to become.

    :param before: SHA-256 it must have now; None when it must not exist.
    :param data: its new bytes; None to remove it.
    :param mode: permission bits it is to have; None: those it has now, and for a new file the usual 0644.
    :param private: whether it may hold secrets, so that no copy is kept that nothing needs.
    """

    path: str
    before: str | None
    data: bytes | None
    mode: int | None = None
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file in the journal; hashes are SHA-256.

    :param mode: its permission bits before; None when it did not exist. :param given: those it was given, if any.
    """

    path: str
    before: str | None
    after: str | None
    mode: int | None = None
    given: int | None = None
    private: bool = False

    def mode_back(self, *, exists: bool) -> int | None:
        """The permission bits that taking the change back gives; those of a file that *exists* may be the person's."""
        return None if exists and self.given in (None, self.mode) else self.mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The journal of one change, as stored in ``undo.json``.

    :param moved_from: commit the branch stood on, when the change includes a commit.
    :param moved_to: the commit.
    :param made_folders: folders that did not exist before, innermost last.
    :param final: nothing takes this change back.
    """

    state: JournalState
    entries: tuple[Entry, ...]
    made_folders: tuple[str, ...] = ()
    moved_from: str | None = None
    moved_to: str | None = None
    final: bool = False

    @property
    def changed_something(self) -> bool:
        return self.moved_to is not None or any(entry.before != entry.after for entry in self.entries)


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
        try:
            return stored.load(Record, self._file)
        except stored.Damaged as error:
            raise StateUnusable(
                f"The journal {self._file} cannot be read: {error}.",
                hint=f"The original files are in {self.folder / 'backup'}: copy them back by hand if you need them, "
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
        final: bool = False,
        finish: Callable[[], None] = lambda: None,
        unfinish: Callable[[], None] = lambda: None,
        is_final: Callable[[], bool] = lambda: False,
        on_file: OnFile = lambda path, change: None,
    ) -> Record:
        """Carry out *changes*, then *finish*; put everything back if any of it fails.

        :param moved: commit before and after, when *finish* moves the branch.
        :param final: whether nothing will take the change back.
        :param unfinish: takes back what *finish* has done so far; called again when it did not come to its end.
        :param is_final: whether *finish* has done what cannot be taken back, so that the change is complete.
        :param on_file: told each path with ``create``, ``modify`` or ``delete``.
        :raises FilesChanged: a file is not as *before* says, or is edited meanwhile; no file stays changed.
        """
        seen = self._seen(changes)
        record = self._prepare(changes, seen, moved, final=final)
        applied = replace(record, state="applied")
        finished = False
        try:
            for change, was, entry in zip(changes, seen, record.entries, strict=True):
                if entry.before != entry.after:
                    self._put(change, was)
                kind: FileVerb = "modify" if change.before is not None else "create"
                kind = "delete" if change.data is None else kind
                on_file(change.path, kind)
            self._refuse_late_edits(record)
            finish()
            finished = moved is not None  # a branch that has moved is not moved back: the change is complete
            files.replace(self._applied_file, self._file)
        except BaseException:
            if not finished and not is_final():
                unfinish()
                self._restore(record)
                self._file.unlink(missing_ok=True)
            raise
        self.clear_up(applied)
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
            self.clear_up(record)
        else:
            unfinish()
            self._restore(record)
            self._file.unlink(missing_ok=True)
        return True

    def standing(self, record: Record) -> dict[str, Seen]:
        """What the files of the change are now."""
        return {entry.path: swap.look_inside(self.project, entry.path) for entry in record.entries}

    def original(self, entry: Entry) -> bytes | None:
        """The backed-up bytes.

        :raises StateUnusable: the backup is missing or damaged.
        """
        if entry.before is None:
            return None
        data = files.read_bytes(self.backup(entry.path))
        if data is None or files.sha256(data) != entry.before:
            raise StateUnusable(
                f"The backup of {entry.path} is missing or damaged, so it cannot be restored.",
                hint="Restore that file from git or from your own backup.",
            )
        return data

    def reversed(self, record: Record, standing: Mapping[str, Seen]) -> tuple[NewBytes, ...]:
        """The changes that take this one back; files that are as before already need none.

        :param standing: the files as they are, and as whoever decided on this has seen them.
        """
        return tuple(
            NewBytes(
                path=entry.path,
                before=standing[entry.path].digest,
                data=self.original(entry),
                mode=entry.mode_back(exists=standing[entry.path] != NOTHING),
                private=entry.private,
            )
            for entry in record.entries
            if standing[entry.path].digest != entry.before
        )

    def note_commit(self, record: Record, before: str, after: str) -> None:
        """The change became part of commit *after*, on top of *before*, when it was in the project already."""
        self._save(replace(record, moved_from=before, moved_to=after))

    def mark_undone(self, record: Record, *, is_needed: bool = False) -> None:
        """:param is_needed: whether other changes still need the backups of this one."""
        self._remove_made_folders(record)
        self._save(replace(record, state="undone"))
        self._tidy(record)
        if not is_needed:
            self._forget_private(record)

    def clear_up(self, record: Record) -> None:
        """Remove the copies of private files that nothing needs once the change has been carried out."""
        if record.final:
            self._forget_private(record)

    def late_edits(self, record: Record) -> tuple[tuple[str, Path], ...]:
        """Files that somebody who had them open wrote to after they were swapped, and where that is."""
        found = ((entry, self._old(entry)) for entry in record.entries)
        return tuple((entry.path, old) for entry, old in found if old and swap.look(old).digest != entry.before)

    # -- how it is done --

    def _seen(self, changes: Sequence[NewBytes]) -> tuple[Seen, ...]:
        seen = tuple(swap.look_inside(self.project, change.path) for change in changes)
        changed = [change.path for change, was in zip(changes, seen, strict=True) if was.digest != change.before]
        if changed:
            raise FilesChanged(
                "These files have changed in the meantime: " + ", ".join(changed) + ". Nothing was touched.",
                paths=changed,
                hint="Plan again to include your changes.",
            )
        return seen

    def _prepare(
        self, changes: Sequence[NewBytes], seen: Sequence[Seen], moved: tuple[str, str] | None, *, final: bool
    ) -> Record:
        files.private_folder(self.folder)
        entries = []
        for change, was in zip(changes, seen, strict=True):
            mode = None
            if was != NOTHING:
                mode = was.mode
                _write(self.backup(change.path), was.data)
            if change.data is not None and files.sha256(change.data) != change.before:
                _write(self._aside(change.path), change.data, mode=_mode(change, was))
            after = None if change.data is None else files.sha256(change.data)
            entries.append(
                Entry(
                    path=change.path,
                    before=change.before,
                    after=after,
                    mode=mode,
                    given=change.mode,
                    private=change.private,
                )
            )
        record = Record(
            state="applying",
            entries=tuple(entries),
            made_folders=self._folders_to_make(changes),
            moved_from=moved[0] if moved else None,
            moved_to=moved[1] if moved else None,
            final=final,
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

    def _put(self, change: NewBytes, was: Seen) -> None:
        """:raises FilesChanged:"""
        target = self._target(change.path)
        if change.data is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._swap(change.path, was)
        except Edited as error:
            where = f" Your other edit, made a moment later, is in {error.kept}." if error.kept else ""
            raise FilesChanged(
                f"{change.path} was edited just before this tool would have changed it. Your edit is in place.{where}",
                paths=[change.path],
                hint="Plan again to include your changes.",
            ) from error

    def _swap(self, path: str, seen: Seen) -> None:
        """Have what lies aside in the project, and what is there aside."""
        target, aside = self._target(path), self._aside(path)
        files.private_folder(aside.parent)
        try:
            swap.swap(target, aside, seen=seen)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The state folder lies on another file system: the swap has to start beside the target.
            beside, new = self._beside(path), swap.look(aside)
            if new != NOTHING:
                files.write_durably(beside, new.data, mode=new.mode)
            swap.swap(target, beside, seen=seen)
            self._carry(beside, aside)

    @staticmethod
    def _carry(there: Path, aside: Path) -> None:
        """Bring what came out of the project to where it is kept."""
        found = swap.look(there)
        if found == NOTHING:
            aside.unlink(missing_ok=True)
            return
        try:
            files.replace(there, aside)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            files.write_atomic(aside, found.data, mode=found.mode)
            there.unlink()

    def _refuse_late_edits(self, record: Record) -> None:
        """:raises FilesChanged:"""
        late = [path for path, _ in self.late_edits(record)]
        if late:
            raise FilesChanged(
                "Another program wrote to these files while this tool was changing them: "
                + ", ".join(late)
                + ". They are as you wrote them.",
                paths=late,
                hint="Plan again to include your changes.",
            )

    def _restore(self, record: Record) -> None:
        """Put everything back, by moving what lies aside: that needs no space. What was edited meanwhile stays."""
        for entry in record.entries:
            with suppress(Edited):
                self._take_back(entry)
        self._remove_made_folders(record)
        self._applied_file.unlink(missing_ok=True)
        self._tidy(record)
        self._forget_private(record)

    def _take_back(self, entry: Entry) -> None:
        """:raises Edited: and so it stays."""
        now, aside, old = swap.look_inside(self.project, entry.path), self._aside(entry.path), self._old(entry)
        if now.digest not in (entry.after, None) or entry.before == entry.after:
            return
        if entry.before is None:
            if now != NOTHING and swap.look(aside) == NOTHING:
                self._swap(entry.path, now)
        elif old is not None:
            # In its place are the new bytes, or nothing, where a crash came between two renames.
            if old != aside:
                self._carry(old, aside)
            self._swap(entry.path, now)
        elif now != NOTHING and swap.look(aside) == NOTHING:
            mode = 0o644 if entry.mode is None else entry.mode
            _write(aside, self.original(entry) or b"", mode=mode)
            self._swap(entry.path, now)

    def _old(self, entry: Entry) -> Path | None:
        """Where the file that was in the project lies; None as long as it is still there."""
        found = (each for each in self._places(entry) if swap.look(each).digest not in (None, entry.after))
        return next(found, None)

    def _places(self, entry: Entry) -> tuple[Path, ...]:
        beside, aside = self._beside(entry.path), self._aside(entry.path)
        return files.on_its_way(beside), beside, files.on_its_way(aside), aside

    def _tidy(self, record: Record) -> None:
        """Remove what lies aside, but for what somebody wrote."""
        for entry in record.entries:
            for each in self._places(entry):
                if swap.look(each).digest in (entry.before, entry.after):
                    each.unlink(missing_ok=True)

    def _forget_private(self, record: Record) -> None:
        """Remove the copies of private files, unless somebody edited the file or the copy."""
        for entry in record.entries:
            known = (entry.before, entry.after)
            if entry.private and swap.look_inside(self.project, entry.path).digest in known:
                for each in (self.backup(entry.path), *self._places(entry)):
                    if swap.look(each).digest in known:
                        with suppress(OSError):  # on Windows, while another program reads it
                            each.unlink(missing_ok=True)

    def _remove_made_folders(self, record: Record) -> None:
        for folder in reversed(record.made_folders):
            with suppress(OSError):  # it is gone, or has something in it
                self._target(folder).rmdir()

    def _target(self, path: str) -> Path:
        return self.project.joinpath(*PurePosixPath(path).parts)

    def _beside(self, path: str) -> Path:
        """Where a file is written that cannot be renamed into its place; found again after a crash by its name."""
        target = self._target(path)
        return target.with_name(f".{target.name}.{self.folder.name}.tmp")

    def backup(self, path: str) -> Path:
        """Where the bytes of a file are kept as they were before the change."""
        return (self.folder / "backup").joinpath(*PurePosixPath(path).parts)

    def _aside(self, path: str) -> Path:
        return (self.folder / "aside").joinpath(*PurePosixPath(path).parts)


def _mode(change: NewBytes, was: Seen) -> int:
    if change.mode is not None:
        return change.mode
    return 0o644 if was == NOTHING else was.mode


def _write(path: Path, data: bytes, *, mode: int = files.PRIVATE_FILE) -> None:
    files.private_folder(path.parent)
    files.write_durably(path, data, mode=mode)


def _to_json(record: Record) -> str:
    return json.dumps(codec.to_data(record), indent=1)
