"""Everything the tool remembers, as files in the state folder. Only the lock and the queue are written elsewhere."""

from __future__ import annotations

import calendar
import json
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from simple_deploy.core import codec
from simple_deploy.core.errors import NoSuchRun, RunInProgress, SimpleDeployError, StateUnusable
from simple_deploy.core.facts import Corrections
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.core.resources import Resource
from simple_deploy.core.secret import Secret
from simple_deploy.inspection import corrections
from simple_deploy.runs import mark
from simple_deploy.runs.lock import ProjectLock, is_gone, read_holder, this_process
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.stopping import Stop
from simple_deploy.system import files, leftovers, stored

T = TypeVar("T")

_RESERVE = 128 * 1024  # bytes
_PATIENCE = 5.0  # seconds for others to be done with making a run

#: How names begin, in a run's folder, of what only a run at work needs.
_SCRATCH = ("copy", "reserve", "settle-", "revert-", "snapshot-index", "index-copy", "for-git-")

FORMAT = 1  # of the state folder; a newer one is refused with a clear message

_IGNORE = "# Made by simple_deploy; nothing in here belongs into the repository.\n*\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is remembered about deploying to one platform.

    :param answers: the last answers, without secrets.
    :param resources: a cache; probing the platform finds them again.
    :param kept: what was chosen for files of the person's own that stay, ``keep`` or ``beside``, by path.
    """

    platform: str
    answers: Mapping[str, str | bool]
    resources: tuple[Resource, ...] = ()
    url: str | None = None
    kept: Mapping[str, str] = field(default_factory=dict)


def is_prepared(root: Path) -> bool:
    """Whether *root* is a state folder, and not what a process went on to write where it had been.

    :raises OSError: it cannot be looked at.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        (root / "format").stat()
        return True
    return False


def gone(root: Path) -> StateUnusable:
    return StateUnusable(
        f"The folder {root} is no longer there: it was moved, renamed, or deleted.",
        hint="Where it is now, `manage.py deploy --history` tells how far a run that was under way came.",
    )


class FileRunStore:
    """Runs in the folder *root* (``.simple_deploy``)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._over: dict[tuple[Path, str], tuple[_Version, Run]] = {}  # runs that are over, as they were read last

    # -- the folder --

    def prepare(self) -> None:
        """Make the folder, for its owner only and ignored by git.

        :raises StateUnusable: it cannot be written, or a newer version of the tool made it.
        """
        try:
            files.make_private(files.private_folder(self.root))
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                files.write_atomic(ignore, _IGNORE)
            marker = self.root / "format"
            if not marker.exists():
                files.write_atomic(marker, f"{FORMAT}\n")
            mark.keep(self.root)
            found = (stored.text(marker) or "").strip()
        except OSError as error:
            raise files.unusable(self.root, error) from error
        if not found.isascii() or not found.isdigit() or len(found) > 9:
            raise StateUnusable(
                f"{marker} is damaged: it does not hold the number of the format of this folder.",
                hint="Delete it. It is written again, and everything else in the folder stays.",
            )
        if int(found) > FORMAT:
            raise StateUnusable(
                f"The folder {self.root} was made by a newer version of simple_deploy.",
                hint="Update django-simple-deploy-dashboard, or move that folder away to start over.",
            )

    @property
    def mark(self) -> str:
        """What tells this project's folder from its copies and clones; see :mod:`simple_deploy.runs.mark`."""
        return mark.read(self.root)

    def folder(self, run_id: str) -> Path:
        """
        :raises NoSuchRun: there is no such run, or the text is no run id.
        :raises StateUnusable: the state folder was moved away.
        """
        self._must_be_there()
        folder = self.root / "runs" / run_id
        if not is_run_id(run_id) or not folder.is_dir():
            raise NoSuchRun(
                f"There is no run “{run_id}”.", hint="`manage.py deploy --history` lists the runs of this project."
            )
        return folder

    def tree(self, run_id: str) -> Path:
        return self.folder(run_id) / "tree"

    def _must_be_there(self) -> None:
        """Nothing but :meth:`prepare` makes the folder: where it was moved away, a part of it would be taken for it."""
        try:
            if not self.root.parent.is_dir() or (self.root.exists() and not is_prepared(self.root)):
                raise gone(self.root)
        except OSError as error:
            raise files.unusable(self.root, error) from error

    @property
    def cache(self) -> Path:
        """:raises StateUnusable: the folder cannot be made."""
        self._must_be_there()
        try:
            return files.private_folder(self.root / "cache")
        except OSError as error:
            raise files.unusable(self.root, error) from error

    # -- runs --

    def create(self, run: Run, given: Mapping[str, Secret] | None = None) -> Run:
        """Store a new run; secrets go into files that are deleted when it ends.

        :raises RunInProgress: another run was made at the same moment.
        :raises StateUnusable: the folder cannot be written.
        """
        self.prepare()
        try:
            with self._alone(run):
                folder = files.private_folder(self.root / "runs" / run.id)
                for name, secret in (given or {}).items():
                    files.private_folder(folder / "secrets")
                    files.write_atomic(folder / "secrets" / name, secret.reveal())
                self.save(run)
        except OSError as error:
            raise files.unusable(self.root, error) from error
        return run

    @contextmanager
    def _alone(self, run: Run) -> Iterator[None]:
        """Let nobody else make a run meanwhile, in this process or another, and make sure that nobody just has."""
        lock = ProjectLock(self.root, "creating")
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                lock.acquire(this_process(run.id))
                break
            except RunInProgress:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        try:
            other = active(self.list(20)) if run.is_active else None
            if other is not None:
                raise RunInProgress(
                    f"Run {other.id} ({other.kind.value}) is under way in this project.",
                    run_id=other.id,
                    hint="Follow it on the page or with `python -m simple_deploy follow`, or cancel it.",
                )
            yield
        finally:
            lock.release(run.id)

    def get(self, run_id: str) -> Run:
        """:raises NoSuchRun: :raises StateUnusable: it was stored by another version, or is damaged."""
        path = self.folder(run_id) / "run.json"
        try:
            run = stored.load(Run, path)
            if run is None or run.id != run_id:
                raise stored.Damaged("it is missing" if run is None else f"it is of the run {run.id!r:.40}")
        except stored.Damaged as error:
            raise StateUnusable(
                f"The run {run_id} cannot be read: {error}.",
                hint=f"Delete the folder {path.parent} if you do not need that run any more.",
            ) from error
        return run

    def save(self, run: Run) -> None:
        files.write_atomic(self.root / "runs" / run.id / "run.json", json.dumps(codec.to_data(run), indent=1))

    def update(self, run_id: str, **changes: Any) -> Run:
        run = replace(self.get(run_id), **changes)
        self.save(run)
        return run

    def ids(self) -> list[str]:
        """Ids of all runs, the newest first."""
        try:
            with os.scandir(self.root / "runs") as entries:
                return sorted((entry.name for entry in entries if is_run_id(entry.name)), reverse=True)
        except OSError:
            return []

    def list(self, limit: int = 50) -> tuple[Run, ...]:
        """The newest runs; those that cannot be read are left out."""
        found: list[Run] = []
        for run_id in self.ids():
            if len(found) >= limit:
                break
            run = self._known(run_id)
            if run is not None:
                found.append(run)
        return tuple(found)

    def _known(self, run_id: str) -> Run | None:
        """The run, None where it cannot be read; one that is over is read again only where its file is another."""
        version = _version(self.root / "runs" / run_id / "run.json")
        known = self._over.get((self.root, run_id))
        if known is not None and known[0] == version:
            return known[1]
        try:
            run = self.get(run_id)
        except SimpleDeployError:
            return None
        if version is not None and not run.is_active:
            self._over[self.root, run_id] = version, run
        return run

    def prune_trees(self, keep: int) -> None:
        """Remove the workbenches of all but the newest *keep* runs."""
        for run_id in self.ids()[keep:]:
            files.remove_tree(self.root / "runs" / run_id / "tree")

    def remove_trees(self, platform: str) -> None:
        """Remove the workbenches of all plans for *platform*."""
        for run in self.list(len(self.ids())):
            if run.platform == platform:
                files.remove_tree(self.root / "runs" / run.id / "tree")

    # -- the parts of a run --

    def claim(self, run_id: str) -> bool:
        """Become the one process that executes the run; False when another one is."""
        mine = json.dumps(codec.to_data(this_process(run_id))).encode("utf-8")
        return files.write_new(self.folder(run_id) / "claim", mine)

    def is_claimed(self, run_id: str) -> bool:
        return (self.folder(run_id) / "claim").exists()

    def claimed_by_nobody_alive(self, run_id: str) -> bool:
        """Whether a process took the run and is gone since."""
        holder = read_holder(self.folder(run_id) / "claim")
        return holder is not None and is_gone(holder, self.folder(run_id) / "heartbeat")

    def reserve(self, run_id: str) -> None:
        """Take some space, so that there is enough to say how the run ended when the disk gets full."""
        files.write_atomic(self.folder(run_id) / "reserve", bytes(_RESERVE))

    def release_reserve(self, run_id: str) -> None:
        (self.folder(run_id) / "reserve").unlink(missing_ok=True)

    def beat(self, run_id: str) -> None:
        """Leave a sign of life."""
        path = self.folder(run_id) / "heartbeat"
        path.touch(mode=files.PRIVATE_FILE)

    def last_beat(self, run_id: str) -> float | None:
        return _modified(self.folder(run_id) / "heartbeat")

    def note_dispatch(self, run_id: str) -> None:
        """Note that somebody was asked just now to execute the run."""
        (self.folder(run_id) / "dispatched").touch(mode=files.PRIVATE_FILE)

    def last_dispatch(self, run_id: str) -> float | None:
        return _modified(self.folder(run_id) / "dispatched")

    def ask_to_stop(self, run_id: str, why: Stop) -> None:
        path = self.folder(run_id) / "cancel"
        path.touch(mode=files.PRIVATE_FILE)
        with suppress(OSError):  # the disk is full: it stops all the same
            path.write_text(why.value, encoding="ascii")

    def is_to_stop(self, run_id: str) -> bool:
        return (self.root / "runs" / run_id / "cancel").exists()

    def why_to_stop(self, run_id: str) -> Stop | None:
        said = stored.text(self.root / "runs" / run_id / "cancel")
        return next((why for why in Stop if why.value == said), None)

    def put_answer(self, run_id: str, question_id: str, values: Mapping[str, object]) -> bool:
        """Leave an answer for the run to find; False when the question has one already."""
        folder = files.private_folder(self.folder(run_id) / "answers")
        plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in values.items()}
        return files.write_new(folder / f"{_file_name(question_id)}.json", json.dumps(plain).encode("utf-8"))

    def take_answer(self, run_id: str, question_id: str) -> dict[str, object] | None:
        """The answer to a question; what it held is emptied on disk at once, for it may be a secret."""
        path = self.folder(run_id) / "answers" / f"{_file_name(question_id)}.json"
        try:
            raw = stored.read(path)
            if raw is None:
                return None
            files.write_atomic(path, "{}")
            data = stored.data_of(raw)
        except stored.Damaged:
            return None
        return data if isinstance(data, dict) else None

    def secrets(self, run_id: str) -> dict[str, Secret]:
        folder = self.folder(run_id) / "secrets"
        if not folder.is_dir():
            return {}
        found = {path.name: stored.text(path) for path in folder.iterdir() if path.name.isidentifier()}
        return {name: Secret(text) for name, text in found.items() if text is not None}

    def forget_secrets(self, run_id: str) -> None:
        folder = self.folder(run_id)
        for name in ("secrets", "answers"):
            with suppress(OSError):
                files.remove_tree(folder / name)

    def forget_scratch(self, run_id: str) -> None:
        """Remove what a run needs only while it works; one that was killed could not do so."""
        for path in self.folder(run_id).iterdir():
            if path.name.startswith(_SCRATCH):
                files.remove_tree(path)

    def sweep(self) -> None:
        """Remove what processes left that were killed while they wrote."""
        folders = (self.root / name for name in (".", "targets", "cache"))
        leftovers.sweep((*folders, *(self.root / "runs" / run_id for run_id in self.ids())))

    def save_plan(self, run_id: str, plan: RenderedPlan) -> None:
        files.write_atomic(self.folder(run_id) / "plan.json", json.dumps(codec.to_data(plan), indent=1))

    def plan(self, run_id: str) -> RenderedPlan | None:
        return stored.known(RenderedPlan, self.folder(run_id) / "plan.json")

    def plan_of(self, run: Run) -> RenderedPlan | None:
        """The plan that *run* made, or carried out: as it came to be, where a step made it another one."""
        return self.plan(run.id) or (self.plan(run.plan_run) if run.plan_run else None)

    def save_data(self, run_id: str, name: str, data: object) -> None:
        """Store a dataclass as ``<name>.json`` of the run."""
        files.write_atomic(self.folder(run_id) / f"{name}.json", json.dumps(codec.to_data(data), indent=1))

    def data(self, run_id: str, name: str, kind: type[T]) -> T | None:
        return stored.known(kind, self.folder(run_id) / f"{name}.json")

    def save_text(self, run_id: str, name: str, text: str) -> None:
        files.write_atomic(self.folder(run_id) / name, text)

    def text(self, run_id: str, name: str) -> str | None:
        return stored.text(self.folder(run_id) / name)

    # -- the project --

    def save_corrections(self, chosen: Corrections) -> None:
        """Keep what the person chose; :func:`simple_deploy.inspection.locate.locate` reads it."""
        try:
            files.write_atomic(self.root / corrections.FILE, corrections.to_json(chosen))
        except OSError as error:
            raise files.unusable(self.root, error) from error

    # -- targets --

    def target(self, platform: str) -> Target | None:
        return stored.known(Target, self._target_file(platform))

    def save_target(self, target: Target) -> None:
        self._must_be_there()
        path = self._target_file(target.platform)
        files.private_folder(path.parent)
        files.write_atomic(path, json.dumps(codec.to_data(target), indent=1))

    def _target_file(self, platform: str) -> Path:
        return self.root / "targets" / f"{_file_name(platform)}.json"


def new_run_id(now: float, after: str = "") -> str:
    """Ids sort in the order in which runs are made, and cannot be guessed.

    :param after: the newest id so far. Where the clock was set back since, the new one follows it by a millisecond.
    """
    if after and _moment(after) >= int(now * 1000):
        now = (_moment(after) + 1.5) / 1000  # the half keeps rounding from undoing it
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    return f"{stamp}-{int(now * 1000) % 1000:03d}-{secrets.token_hex(3)}"


def _moment(run_id: str) -> int:
    """Milliseconds since the epoch; 0 where the id names no moment that there is."""
    try:
        return calendar.timegm(time.strptime(run_id[:15], "%Y%m%d-%H%M%S")) * 1000 + int(run_id[16:19])
    except ValueError:
        return 0


_RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{3}-[0-9a-f]{6}")


def is_run_id(text: str) -> bool:
    return _RUN_ID.fullmatch(text) is not None


def active(runs: Iterable[Run]) -> Run | None:
    return next((run for run in runs if run.is_active), None)


#: What tells a file from the one that took its place: every change of a run is a new file.
_Version: TypeAlias = tuple[int, int, int]


def _version(path: Path) -> _Version | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _file_name(text: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in text)


__all__ = ["FORMAT", "FileRunStore", "RunState", "Target", "active", "is_run_id", "new_run_id"]
