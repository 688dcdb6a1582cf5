"""Runs in the background, started and watched as the page does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from simple_deploy import conf
from simple_deploy.core.events import Event
from simple_deploy.inspection.locate import locate
from simple_deploy.jobs import dispatch, worker
from simple_deploy.runs.model import Run
from simple_deploy.runs.service import Service
from simple_deploy.system import process

PATIENCE = 120.0  # seconds
LOOK = 0.005  # seconds between two looks
AT_REST = 0.3  # seconds without work after which a process has nothing to do
LAST_WORDS = 2.0  # seconds between the end of a run and its last event


@contextmanager
def service_of(project: Path, env: Mapping[str, str]) -> Iterator[Service]:
    """The service of *project*; the worker it may start is ended afterwards."""
    location = locate(start=project, manage_py=None, settings_module=None, runner=process.run, environ={})
    service = Service(location, conf.load(env))
    try:
        yield service
    finally:
        end_worker(service)


def end_worker(service: Service) -> None:
    found = worker.alive(service.store.root)
    if found is not None:
        process.kill_tree(found.pid)


def wait_until_at_rest(service: Service) -> None:
    """Wait as long as the process for the next run still loads, which it has done before a person has read a page."""
    before = None
    while (now := _worked(service)) != before:
        before = now
        time.sleep(AT_REST)


def _worked(service: Service) -> list[tuple[int, float]]:
    """The worker's child processes, with the seconds that each has worked."""
    found = []
    with suppress(psutil.NoSuchProcess):
        worker_info = worker.alive(service.store.root)
        for each in psutil.Process(worker_info.pid).children() if worker_info is not None else []:
            found.append((each.pid, sum(each.cpu_times()[:2])))
    return found


def begin(service: Service, run: Run) -> None:
    """Have *run* executed, as the page does when a button is pressed."""
    dispatch.dispatch(service, run)


def wait_for_event(service: Service, run_id: str, wanted: Callable[[Event], bool]) -> Event:
    """The first event of the run that is *wanted*.

    :raises RuntimeError: the run ended without it, or it takes too long.
    """
    reader, deadline = service.reader(run_id), time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        finished = service.run(run_id).finished
        for event in reader.read():
            if wanted(event):
                return event
        if finished and time.time() - finished > LAST_WORDS:
            raise RuntimeError(f"{run_id} ended without what it was started for: {service.run(run_id).error}")
        time.sleep(LOOK)
    raise RuntimeError(f"{run_id} takes too long")


def wait_for_end(service: Service, run_id: str) -> Event:
    return wait_for_event(service, run_id, lambda event: event.payload.kind == "run-finished")
