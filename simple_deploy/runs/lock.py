"""One run at a time in a project: a folder that exists while a run works, with its holder's name inside."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core import codec
from simple_deploy.core.errors import RunInProgress
from simple_deploy.system import daemons, files, leftovers, stored
from simple_deploy.system.daemons import ProcessId


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(ProcessId):
    """The process that holds the lock, for which run, and since when."""

    run: str
    since: float


class ProjectLock:
    """A lock of one state folder.

    :param name: ``lock`` is held while a run applies, ``creating`` for the moment in which a run is made.
    """

    def __init__(self, root: Path, name: str = "lock") -> None:
        self._runs = root / "runs"
        self._folder = root / name
        self._file = self._folder / "holder.json"

    def acquire(self, holder: Holder) -> None:
        """Take the lock; one left behind by a process that is gone is taken over.

        :raises RunInProgress: naming the run that holds it.
        """
        fresh = files.temporary(self._folder)
        try:
            files.private_folder(fresh)
            files.write_atomic(fresh / "holder.json", json.dumps(codec.to_data(holder)))
            for _ in range(3):
                try:
                    files.rename(fresh, self._folder)  # fails when the lock is there, so that only one can win
                except OSError:
                    self._remove_stale()
                else:
                    self._sweep()
                    return
        finally:
            files.remove_tree(fresh)
        raise RunInProgress("Another run keeps taking the project.", run_id="", hint="Try again in a moment.")

    def _remove_stale(self) -> None:
        """Remove a lock that nobody holds any more; nothing when it was given back meanwhile.

        :raises RunInProgress: somebody may be at work.
        """
        # Two that find the same holder gone must not remove one after the other: the second would take the lock
        # from whoever was given it in between.
        with files.alone_in(self._folder.parent):
            other = self.holder()
            if other is not None and not self._is_gone(other):
                raise _in_progress(other)
            if other is not None or self._is_damaged():
                self._remove()

    def release(self, run_id: str) -> None:
        """Give the lock back; nothing when another run holds it."""
        with files.alone_in(self._folder.parent):
            holder = self.holder()
            if self._is_damaged() if holder is None else holder.run == run_id:
                self._remove()

    def _is_damaged(self) -> bool:
        """Whether something stands in the lock's place that names no holder, who is there from its first moment."""
        return os.path.lexists(self._folder) and self.holder() is None

    def _remove(self) -> None:
        moved = self._set_aside()
        if moved is not None:
            files.remove_tree(moved)

    def _set_aside(self) -> Path | None:
        """Take the lock away in one step: an emptied one would look free and held at once."""
        aside = files.temporary(self._folder)
        try:
            files.rename(self._folder, aside)
        except OSError:
            return None
        return aside

    def _is_gone(self, holder: Holder) -> bool:
        return is_gone(holder, self._runs / holder.run / "heartbeat")

    def _sweep(self) -> None:
        """Remove what processes left that died while they took or gave back the lock."""
        for folder in self._folder.parent.glob(f".{self._folder.name}.*.tmp"):
            if leftovers.is_left(folder):
                files.remove_tree(folder)
        for folder in self._folder.parent.glob(f"{self._folder.name}-*"):  # as older versions named them
            left = read_holder(folder / "holder.json")
            if self._is_gone(left) if left is not None else leftovers.is_old(folder):
                files.remove_tree(folder)

    def holder(self) -> Holder | None:
        return read_holder(self._file)


def this_process(run: str) -> Holder:
    """This process, at work on *run*."""
    mine = daemons.this_process()
    return Holder(run=run, pid=mine.pid, started=mine.started or 0.0, host=mine.host, since=time.time())


def is_gone(holder: Holder, heartbeat: Path) -> bool:
    """Whether the holder has certainly stopped working. One on another computer is judged by its *heartbeat*."""
    try:
        beat = heartbeat.stat().st_mtime
    except OSError:
        beat = holder.since
    return holder.is_gone(time.time() - max(beat, holder.since))


def read_holder(path: Path) -> Holder | None:
    """Who is named in *path*; None when it is not there or cannot be read."""
    return stored.known(Holder, path)


def _in_progress(other: Holder) -> RunInProgress:
    return RunInProgress(
        f"Run {other.run} is working on this project (process {other.pid} on {other.computer}).",
        run_id=other.run,
        hint="Wait for it, or cancel it on its page or with Ctrl-C in its terminal.",
    )
