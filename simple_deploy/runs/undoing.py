"""What undoing a run would do to the project as it is now, and what it needs for that. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.facts import Location
from simple_deploy.core.steps import EditBlock, WriteFile
from simple_deploy.engine import swap
from simple_deploy.engine.journal import Entry, Journal
from simple_deploy.engine.landing import Lander, conflicts
from simple_deploy.runs.history import Layer, Layers, layers
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.store import FileRunStore
from simple_deploy.system import process

Effect = Literal["remove", "restore", "bring-back", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPreview:
    """
    :param files: path and what happens to it; ``part``: what other runs added stays.
    :param conflicts: files edited since; one stops the whole undo.
    """

    files: tuple[tuple[str, Effect], ...] = ()
    conflicts: tuple[str, ...] = ()


def preview(location: Location, store: FileRunStore, run_id: str) -> UndoPreview:
    """:raises NoSuchRun: :raises StateUnusable:"""
    journal = Journal(location.root, store.folder(run_id))
    record = journal.load()
    if record is None or record.state == "undone":
        return UndoPreview()
    among = shared_with(location.root, store, run_id)
    if among is None:
        files = tuple((entry.path, _effect(entry)) for entry in record.entries if entry.before != entry.after)
        lander = Lander(project=location.root, folder=store.folder(run_id), run=process.run)
        return UndoPreview(files=files, conflicts=conflicts(lander, record, journal.standing(record)))
    # A run may need what an earlier one wrote, and have had nothing to add itself.
    shared = {path for layer in among.others(run_id) for path in _paths(store, layer)}
    shared |= {entry.path for entry in record.entries if _effect(entry) == "restore"}
    return UndoPreview(
        files=tuple((each.path, "part" if each.path in shared else _effect(each)) for each in record.entries),
        conflicts=tuple(each.path for each in record.entries if each.path in edited(location.root, among)),
    )


def left_something(location: Location, store: FileRunStore, run: Run) -> bool:
    """Whether there is anything that undoing *run* would take back."""
    if not run.can_be_undone:
        return False
    if run.kind is RunKind.FIX:
        return True  # who commits is in no journal
    with suppress(SimpleDeployError):
        record = Journal(location.root, store.folder(run.id)).load()
        return record is None or record.changed_something
    return True


def shared_with(root: Path, store: FileRunStore, run_id: str) -> Layers | None:
    """The layers among which the run lies; None when its own backups are all that undoing it needs.

    :raises StateUnusable: a journal cannot be read.
    """
    found = layers(store, root)
    if found.is_on_top(run_id) or not any(layer.run.id == run_id for layer in found.active):
        return None
    return found


def edited(root: Path, among: Layers) -> frozenset[str]:
    """Files among those the runs changed that the person edited since."""
    return among.edited_by_hand(lambda path: swap.look_inside(root, path).digest)


def _paths(store: FileRunStore, layer: Layer) -> Iterator[str]:
    yield from (entry.path for entry in layer.record.entries)
    rendered = store.plan(layer.run.plan_run or "")
    for step in rendered.plan.file_steps if rendered else ():
        if isinstance(step, (WriteFile, EditBlock)):
            yield step.path


def _effect(entry: Entry) -> Effect:
    if entry.before is None:
        return "remove"
    return "bring-back" if entry.after is None else "restore"
