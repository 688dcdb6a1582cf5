"""What undoing a run would do to the project as it is now. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simple_deploy.core.facts import Location
from simple_deploy.engine.journal import Entry, Journal
from simple_deploy.runs.store import FileRunStore

Effect = Literal["remove", "restore", "bring-back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPreview:
    """:param files: path and what happens to it. :param conflicts: files edited since; one stops the whole undo."""

    files: tuple[tuple[str, Effect], ...] = ()
    conflicts: tuple[str, ...] = ()


def preview(location: Location, store: FileRunStore, run_id: str) -> UndoPreview:
    """:raises NoSuchRun:"""
    journal = Journal(location.root, store.folder(run_id))
    record = journal.load()
    if record is None or record.state == "undone":
        return UndoPreview()
    return UndoPreview(
        files=tuple((entry.path, _effect(entry)) for entry in record.entries), conflicts=journal.conflicts(record)
    )


def _effect(entry: Entry) -> Effect:
    if entry.before is None:
        return "remove"
    return "bring-back" if entry.after is None else "restore"
