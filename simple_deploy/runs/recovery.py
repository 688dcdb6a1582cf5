"""Puts in order what a run left behind whose process died, or that could not end as it should."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from simple_deploy.core.errors import Interrupted, RunInProgress, SimpleDeployError
from simple_deploy.core.interfaces import Runner
from simple_deploy.engine import fixing
from simple_deploy.engine.journal import Journal
from simple_deploy.engine.landing import Lander
from simple_deploy.runs import stage
from simple_deploy.runs.lock import ProjectLock, this_process
from simple_deploy.runs.model import RESTORED, ErrorInfo, Run, RunKind, RunState, may_become
from simple_deploy.runs.stopping import Stop
from simple_deploy.runs.store import FileRunStore
from simple_deploy.system import process

_CHANGES_FILES = frozenset({RunKind.CONFIGURE, RunKind.DEPLOY, RunKind.FIX})


def bury(run: Run, store: FileRunStore, project: Path, runner: Runner, finished: float | None) -> Run:
    """Note that *run* was interrupted, after its programs were ended and the project was put in order.

    The process may only have been asleep: it is told to stop, so that it does nothing more when it wakes up.
    """
    store.ask_to_stop(run.id, Stop.DEAD)
    process.end_leftovers(run.id)
    stage.settle(store.root, run, RunState.INTERRUPTED)
    lander = Lander(project=project, folder=store.folder(run.id), run=runner)
    lock = ProjectLock(store.root)
    try:
        lock.acquire(this_process(run.id))
    except RunInProgress:
        pass  # whoever works there puts the project in order first
    else:
        try:
            with suppress(SimpleDeployError):  # told when somebody wants to do something about it
                lander.recover()
        finally:
            lock.release(run.id)
    store.forget_secrets(run.id)
    ended = as_restored(as_landed(run, lander), store, project)
    error = ErrorInfo.of(_why(ended))
    return store.update(
        run.id,
        state=RunState.INTERRUPTED,
        finished=finished,
        applied=ended.applied,
        results=ended.results,
        commit=ended.commit,
        error=error,
    )


def _why(run: Run) -> Interrupted:
    if run.state is RunState.QUEUED:
        return Interrupted(
            "The process for this run ended before it began. Nothing was changed.",
            hint="Start it again.",
        )
    return Interrupted(
        "The process running it ended unexpectedly: the computer slept or restarted, or somebody ended it.",
        hint=f"{standing(run)}{_again(run)}",
    )


def _again(run: Run) -> str:
    if RESTORED in run.results:
        return ""
    if not run.can_be_retried:
        return (
            " Its log says what was run. Before you deploy again, check what exists there, or it may be created twice."
        )
    return " Start it again: whatever already exists is found and used again."


def standing(run: Run) -> str:
    """What has become of the project, for somebody whose *run* did not end as it should."""
    if RESTORED in run.results:
        return "The files are restored, and there is nothing left to do."
    return "Your project holds all of its changes." if run.applied else "Your project is as it was."


def as_restored(run: Run, store: FileRunStore, project: Path) -> Run:
    """*run*, knowing whether it had undone another one entirely. That one is noted as undone then."""
    if run.kind is not RunKind.UNDO:
        return run
    with suppress(SimpleDeployError):
        record = Journal(project, store.folder(run.subject)).load()
        if record is not None and record.state == "undone":
            if may_become(store.get(run.subject).state, RunState.UNDONE):
                store.update(run.subject, state=RunState.UNDONE)
            return replace(run, results={**run.results, RESTORED: "yes"})
    return run


def in_order(run_id: str, lander: Lander) -> bool:
    """Put the project in order after *run_id*, whose process is gone; True when there was something to do."""
    record = lander.journal.load()
    if record is not None and record.state == "applied":
        lander.journal.clear_up(record)
    if record is None or record.state != "applying":
        return False
    process.end_leftovers(run_id)
    return lander.recover()


def as_landed(run: Run, lander: Lander) -> Run:
    """*run*, knowing whether the project holds its change, by its journal."""
    if run.kind not in _CHANGES_FILES:
        return run
    with suppress(SimpleDeployError):
        record = lander.journal.load()
        if record is None or record.state != "applied":
            return run
        if run.kind is RunKind.FIX:
            results = {**run.results, **fixing.achieved(lander)}
            record = lander.journal.load()
            return replace(run, applied=True, results=results, commit=record.moved_to if record else None)
        return replace(run, applied=run.applied or record.changed_something)
    return run


def sweep(store: FileRunStore) -> None:
    """Delete the secrets of runs that are over, or were never finished being made, and what killed processes left."""
    for run_id in store.ids():
        try:
            over = not store.get(run_id).is_active
        except SimpleDeployError:
            over = True
        if over:
            store.forget_secrets(run_id)
            store.forget_scratch(run_id)
    store.sweep()
