"""Whether runs still live: one whose process is gone is noted as interrupted."""

from __future__ import annotations

from pathlib import Path

from simple_deploy.core.interfaces import Clock
from simple_deploy.runs import recovery
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.store import FileRunStore
from simple_deploy.system import process
from simple_deploy.system.daemons import ProcessId


def judged(run: Run, store: FileRunStore, root: Path, clock: Clock) -> Run:
    """*run*, as interrupted when the process that executes it is gone.

    :param root: of the project.
    """
    if not run.is_active or not _is_dead(run, store, clock):
        return run
    left = store.get(run.id)
    if not left.is_active:  # it came to its end while its process was looked for
        return left
    finished = store.last_beat(run.id) or left.started or left.created
    return recovery.bury(left, store, root, process.run, finished)


def _is_dead(run: Run, store: FileRunStore, clock: Clock) -> bool:
    fresh = store.get(run.id)
    if fresh.state is RunState.QUEUED and store.is_claimed(run.id):
        return store.claimed_by_nobody_alive(run.id)
    if not fresh.is_active or fresh.pid is None:
        return False
    who = ProcessId(pid=fresh.pid, started=fresh.pid_started, host=fresh.host)
    beat = store.last_beat(run.id) or (fresh.created if fresh.state is RunState.QUEUED else None)
    return who.is_gone(None if beat is None else clock.now() - beat)
