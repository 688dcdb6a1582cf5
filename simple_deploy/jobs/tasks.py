"""The one task: see that a run gets executed, in a process of its own."""

from __future__ import annotations

import time

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.jobs.spare import Spare
from simple_deploy.runs.model import ErrorInfo, RunState
from simple_deploy.runs.service import Service

TASK = "simple_deploy.execute"

PATIENCE = 5.0  # seconds a cancelled run gets to end by itself before its processes are killed


def execute_in_child(service: Service, run_id: str, spare: Spare) -> None:
    """Execute the run in a child process and wait for its end; one that cannot start leaves a failed run."""
    try:
        if service.store.get(run_id).state is not RunState.QUEUED and not spare.was_told(run_id):
            return
        tail = spare.execute(run_id, cancelled=_Overdue(service, run_id)).tail(5)
    except SimpleDeployError as error:
        tail = (error.message,)
    _close_if_never_begun(service, run_id, tail)


class _Overdue:
    """True once a cancelled run has had its time to end by itself."""

    def __init__(self, service: Service, run_id: str) -> None:
        self._service = service
        self._run_id = run_id
        self._asked: float | None = None

    def __call__(self) -> bool:
        if self._asked is None:
            if self._service.store.is_to_stop(self._run_id):
                self._asked = time.monotonic()
            return False
        return time.monotonic() - self._asked > PATIENCE


def _close_if_never_begun(service: Service, run_id: str, tail: tuple[str, ...]) -> None:
    run = service.run(run_id)  # marks it as interrupted if its process died
    if run.state is RunState.QUEUED and service.store.claim(run_id):
        error = SimpleDeployError(
            "The process for this run could not start: " + " / ".join(tail),
            hint="Check that simple_deploy is still installed in the environment runserver was started in.",
        )
        service.store.update(run_id, state=RunState.FAILED, finished=time.time(), error=ErrorInfo.of(error))
        service.store.forget_secrets(run_id)
