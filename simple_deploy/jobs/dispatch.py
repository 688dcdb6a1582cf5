"""Gets a queued run executed in the background: a message, and a worker if there is none."""

from __future__ import annotations

import threading
import time

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.jobs import worker
from simple_deploy.jobs.app import make_app, tighten
from simple_deploy.jobs.tasks import TASK
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
    worker.ensure(service)
    sent = _send(service, run_id)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (sent and worker.alive(service.store.root) is not None) or not _is_queued(service, run_id):
            break
        time.sleep(0.05)
    else:
        if _is_queued(service, run_id):
            worker.start_directly(service, run_id)


def _send(service: Service, run_id: str) -> bool:
    """The message is only a doorbell: a run without one is fetched by the worker or started directly.

    :returns: whether there is a broker that took it.
    """
    app = make_app(service.store.root, service.conf)
    try:
        app.send_task(TASK, (run_id,), retry=False)
    except Exception:  # whatever a broker that is not there raises
        return False
    finally:
        app.close()
    tighten(service.store.root)
    return True


def _is_queued(service: Service, run_id: str) -> bool:
    try:
        return service.store.get(run_id).state is RunState.QUEUED
    except SimpleDeployError:
        return False
