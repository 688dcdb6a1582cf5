"""One run at a time in a project: a folder that exists while a run works, with its holder's name inside."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core import codec
from simple_deploy.core.errors import RunInProgress
from simple_deploy.engine import files, process


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the lock; *started* is when process *pid* on *host* began."""

    run: str
    pid: int
    started: float
    host: str
    since: float


class ProjectLock:
    """The lock of one state folder."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "lock"
        self._file = self._folder / "holder.json"

    def acquire(self, holder: Holder) -> None:
        """Take the lock; one left behind by a process that is gone is taken over.

        :raises RunInProgress: naming the run that holds it.
        """
        fresh = self._folder.with_name(f"lock-{holder.run}")
        files.remove_tree(fresh)
        files.private_folder(fresh)
        files.write_atomic(fresh / "holder.json", json.dumps(codec.to_data(holder)))
        try:
            for _ in range(3):
                try:
                    fresh.rename(self._folder)  # fails when the lock is there, so that only one can win
                    return
                except OSError:
                    self._remove_stale()
        finally:
            files.remove_tree(fresh)
        raise RunInProgress("Another run keeps taking the project.", run_id="", hint="Try again in a moment.")

    def _remove_stale(self) -> None:
        other = self.holder()
        if other is not None and not is_gone(other):
            raise RunInProgress(
                f"Run {other.run} is working on this project (process {other.pid} on {other.host}).",
                run_id=other.run,
                hint="Wait for it, or cancel it on its page or with Ctrl-C in its terminal.",
            )
        with contextlib.suppress(OSError):  # somebody else may have done it just now
            aside = self._folder.with_name(f"lock-stale-{other.run if other else 'unknown'}")
            self._folder.rename(aside)
            files.remove_tree(aside)

    def release(self, run_id: str) -> None:
        holder = self.holder()
        if holder is None or holder.run == run_id:
            files.remove_tree(self._folder)

    def holder(self) -> Holder | None:
        raw = files.read_bytes(self._file)
        if raw is None:
            return None
        try:
            return codec.from_data(Holder, json.loads(raw))
        except (ValueError, codec.CodecError):
            return None


def is_gone(holder: Holder) -> bool:
    """Whether the holder's process is certainly gone. On another computer that cannot be known from here."""
    return holder.host == socket.gethostname() and not process.is_alive(holder.pid, holder.started)
