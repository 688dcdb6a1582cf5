"""Gets a queued run executed in the background: a message, and a worker if there is none."""

from __future__ import annotations

import threading
import time

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.jobs import worker
from simple_deploy.jobs.app import ring
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.service import Service, remember

PATIENCE = 3.0  # seconds a worker has to begin before the run is started directly
LOST = 6.0  # seconds after which a run that is still queued is dispatched again


def dispatch(service: Service, run: Run) -> None:
    """Have *run* executed in the background. Returns at once."""
    remember(service)
    service.store.note_dispatch(run.id)
    threading.Thread(target=_dispatch, args=(service, run.id), daemon=True).start()


def revive(service: Service, run: Run) -> None:
    """Dispatch again a run that nobody began, as when the web process was reloaded at the wrong moment.

    Pages ask for this at each look; a run that was dispatched a moment ago is left alone.
    """
    if run.state is not RunState.QUEUED or run.pid is not None:
        return
    asked = service.store.last_dispatch(run.id) or run.created
    if abs(time.time() - asked) > LOST:
        dispatch(service, run)


def _dispatch(service: Service, run_id: str) -> None:
    started = worker.ensure(service, run_id)  # a new worker begins with this run, before it has loaded Celery
    told = ring(service, run_id) or started
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (told and worker.alive(service.store.root) is not None) or not _is_queued(service, run_id):
            break
        time.sleep(0.05)
    else:
        if _is_queued(service, run_id):
            worker.start_directly(service, run_id)


def _is_queued(service: Service, run_id: str) -> bool:
    try:
        return service.store.get(run_id).state is RunState.QUEUED
    except SimpleDeployError:
        return False
