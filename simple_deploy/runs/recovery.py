"""Puts in order what a run left behind whose process died, or that could not end as it should."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from simple_deploy.core.errors import RunInProgress, SimpleDeployError
from simple_deploy.core.ports import Runner
from simple_deploy.engine.journal import Journal
from simple_deploy.engine.landing import Lander
from simple_deploy.runs.lock import ProjectLock, this_process
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.store import FileRunStore

_CHANGES_FILES = frozenset({RunKind.CONFIGURE, RunKind.DEPLOY, RunKind.MEND})


def bury(run: Run, store: FileRunStore, project: Path, runner: Runner, finished: float | None) -> Run:
    """Note that *run* was interrupted, after the project was put in order.

    The process may only have been asleep: it is told to stop, so that it does nothing more when it wakes up.
    """
    store.ask_to_cancel(run.id)
    lock = ProjectLock(store.root)
    try:
        lock.acquire(this_process(run.id))
    except RunInProgress:
        pass  # whoever works there puts the project in order first
    else:
        try:
            with suppress(SimpleDeployError):  # told when somebody wants to do something about it
                Lander(project=project, folder=store.folder(run.id), run=runner).recover()
        finally:
            lock.release(run.id)
    store.forget_secrets(run.id)
    return store.update(
        run.id, state=RunState.INTERRUPTED, finished=finished, applied=run.applied or has_landed(run, store, project)
    )


def has_landed(run: Run, store: FileRunStore, project: Path) -> bool:
    """Whether the project holds the change of *run*, by its journal."""
    if run.kind not in _CHANGES_FILES:
        return False
    with suppress(SimpleDeployError):
        record = Journal(project, store.folder(run.id)).load()
        return record is not None and record.state == "applied" and bool(record.entries)
    return False


def sweep(store: FileRunStore) -> None:
    """Delete the secrets of runs that are over, or were never finished being made."""
    for run_id in store.ids():
        try:
            over = not store.get(run_id).is_active
        except SimpleDeployError:
            over = True
        if over:
            store.forget_secrets(run_id)
