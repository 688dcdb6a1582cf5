"""What runs have left in the project's files, read from their journals, and what undoing one of them would do.

Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.facts import Location
from simple_deploy.core.options import Option
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.core.steps import WHOLE_FILE_STEPS, EditBlock, PlaceFile
from simple_deploy.engine import additions, swap
from simple_deploy.engine.journal import Entry, Journal, Record
from simple_deploy.engine.landing import Lander, conflicts
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.store import FileRunStore
from simple_deploy.system import process

Written = Mapping[str, frozenset[str | None]]


def written(store: FileRunStore, root: Path, platform: str = "") -> dict[str, frozenset[str]]:
    """SHA-256 of the files as runs left them, by path; of one *platform*, or of all."""
    changes = (each for each in _readable(store, root) if platform in ("", each[0].platform))
    return {path: frozenset(filter(None, hashes)) for path, hashes in _left(changes).items()}


def clean(store: FileRunStore, root: Path) -> Written:
    """The same, with None for a file that was removed, of runs that began with nothing uncommitted.

    A file that is like this holds no work of the person's that is not committed.
    """
    return _left((run, record) for run, record in _readable(store, root) if not run.allow_dirty)


def _left(changes: Iterable[tuple[Run, Record]]) -> Written:
    found: dict[str, set[str | None]] = {}
    for _, record in changes:
        for entry in record.entries:
            found.setdefault(entry.path, set()).add(entry.after)
    return {path: frozenset(hashes) for path, hashes in found.items()}


def _changes(store: FileRunStore, root: Path) -> Iterator[tuple[Run, Record]]:
    """The runs that changed the project by a plan, and those that took such a change back, the oldest first.

    :raises StateUnusable: a journal or its run cannot be read.
    """
    for run_id in reversed(store.ids()):
        found = _change(store, root, run_id)
        if found is not None:
            yield found


def _readable(store: FileRunStore, root: Path) -> Iterator[tuple[Run, Record]]:
    """The same, without what cannot be read."""
    for run_id in reversed(store.ids()):
        with suppress(SimpleDeployError):
            found = _change(store, root, run_id)
            if found is not None:
                yield found


def _change(store: FileRunStore, root: Path, run_id: str) -> tuple[Run, Record] | None:
    record = Journal(root, store.folder(run_id)).load()
    if record is None or record.state == "applying":
        return None
    run = store.get(run_id)
    return (run, record) if run.plan_run is not None or run.kind is RunKind.UNDO else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A run whose changes are in the project, and the journal of them."""

    run: Run
    journal: Journal
    record: Record


@dataclass
class Layers:
    """Runs whose changes lie on top of each other in the project's files, the oldest first.

    :param active: those that were not undone.
    :param origin: what each file was before the first of them: the journal that has its backup.
    :param left: SHA-256 of each file as the last of them, or an undo since, left it.
    :param edited: files that the person changed between two of them.
    :param mixed: one was undone from under another, so the backups of those above hold more than they should.
    :param base: commit before the first commit of theirs. :param tip: the last commit of theirs, undoing included.
    """

    active: list[Layer] = field(default_factory=list)
    origin: dict[str, tuple[Journal, Entry]] = field(default_factory=dict)
    left: dict[str, str | None] = field(default_factory=dict)
    edited: set[str] = field(default_factory=set)
    mixed: bool = False
    base: str | None = None
    tip: str | None = None

    def others(self, run_id: str) -> tuple[Layer, ...]:
        return tuple(layer for layer in self.active if layer.run.id != run_id)

    def is_on_top(self, run_id: str) -> bool:
        """Whether the run's backups are what the project was without it."""
        return not self.mixed and bool(self.active) and self.active[-1].run.id == run_id

    def edited_by_hand(self, now: Callable[[str], str | None]) -> frozenset[str]:
        """Files that the person changed since the last of the runs, or between two.

        :param now: the SHA-256 of a file as it is.
        """
        return frozenset(path for path in self.origin if path in self.edited or now(path) != self.left[path])

    def _note_commit(self, record: Record) -> None:
        if record.moved_to is not None:
            self.base = self.base or record.moved_from
            self.tip = record.moved_to

    def _add(self, layer: Layer) -> None:
        self.active.append(layer)
        for entry in layer.record.entries:
            if entry.path not in self.origin:
                self.origin[entry.path] = (layer.journal, entry)
            elif self.left[entry.path] != entry.before:
                self.edited.add(entry.path)
            self.left[entry.path] = entry.after
        self._note_commit(layer.record)

    def _take_out(self, run_id: str, undoing: Record) -> None:
        self.mixed = self.mixed or not self.is_on_top(run_id)
        self.active = list(self.others(run_id))
        # A private file that no other run changed has no backup any more. Any other file may still be needed by a plan.
        concerned = {entry.path for layer in self.active for entry in layer.record.entries}
        self.origin = {path: at for path, at in self.origin.items() if path in concerned or not at[1].private}
        self.left.update((entry.path, entry.after) for entry in undoing.entries)
        self._note_commit(undoing)


def committed(among: Sequence[Layer]) -> tuple[Layer, ...]:
    """Those that are in the commits of the runs: a deployment takes along what was configured before it."""
    last = max((index for index, layer in enumerate(among) if layer.record.moved_to is not None), default=-1)
    return tuple(among[: last + 1])


def layers(store: FileRunStore, root: Path) -> Layers:
    """The layers as they are now.

    :raises StateUnusable: a journal cannot be read.
    """
    found = Layers()
    for run, record in _changes(store, root):
        if run.kind is not RunKind.UNDO:
            found._add(Layer(run=run, journal=Journal(root, store.folder(run.id)), record=record))
        elif any(layer.run.id == run.subject for layer in found.active):
            found._take_out(run.subject, record)
            if not found.active:
                found = Layers()
    return found


Effect = Literal["remove", "restore", "bring-back", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPreview:
    """
    :param files: path and what happens to it; ``part``: what other runs added stays.
    :param conflicts: files edited since; one stops the whole undo.
    :param fields: what may be answered: the message of the commit, where one reverts.
    """

    files: tuple[tuple[str, Effect], ...] = ()
    conflicts: tuple[str, ...] = ()
    fields: tuple[Option, ...] = ()


def preview_undo(location: Location, store: FileRunStore, run_id: str) -> UndoPreview:
    """:raises NoSuchRun: :raises StateUnusable:"""
    journal = Journal(location.root, store.folder(run_id))
    record = journal.load()
    if record is None or record.state == "undone":
        return UndoPreview()
    fields = () if record.moved_to is None else (additions.message("reverts this run"),)
    among = shared_with(location.root, store, run_id)
    if among is None:
        files = tuple((entry.path, _effect(entry)) for entry in record.entries if entry.before != entry.after)
        lander = Lander(project=location.root, folder=store.folder(run_id), run=process.run)
        edits = conflicts(lander, record, journal.standing(record))
        return UndoPreview(files=files, conflicts=edits, fields=fields)
    # A run may need what an earlier one wrote, and have had nothing to add itself.
    shared = {path for layer in among.others(run_id) for path in _paths(store, layer)}
    shared |= {entry.path for entry in record.entries if _effect(entry) == "restore"}
    return UndoPreview(
        files=tuple((each.path, "part" if each.path in shared else _effect(each)) for each in record.entries),
        conflicts=tuple(each.path for each in record.entries if each.path in edited(location.root, among)),
        fields=fields,
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


def placed(root: Path, among: Layers, layer: Layer, rendered: RenderedPlan) -> dict[str, bytes | None]:
    """What *layer* left in the files whose bytes its plan does not hold: as the project has it, or the backup of a run
    above it; None for a private file, and where nobody has it."""
    after = {entry.path: entry.after for entry in layer.record.entries}
    return {
        step.path: None if step.private else _bytes(root, among, step.path, after.get(step.path))
        for step in rendered.plan.file_steps
        if isinstance(step, PlaceFile)
    }


def _bytes(root: Path, among: Layers, path: str, digest: str | None) -> bytes | None:
    if digest is None:
        return None
    for other in among.active:
        for entry in other.record.entries:
            if entry.path == path and entry.before == digest:
                return other.journal.original(entry)
    seen = swap.look_inside(root, path)
    return seen.data if seen.digest == digest else None


def _paths(store: FileRunStore, layer: Layer) -> Iterator[str]:
    yield from (entry.path for entry in layer.record.entries)
    rendered = store.plan_of(layer.run)
    for step in rendered.plan.file_steps if rendered else ():
        if isinstance(step, (*WHOLE_FILE_STEPS, EditBlock)):
            yield step.path


def _effect(entry: Entry) -> Effect:
    if entry.before is None:
        return "remove"
    return "bring-back" if entry.after is None else "restore"
