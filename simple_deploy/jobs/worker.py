"""The life of the worker: started when needed, apart from the server; it beats, picks up orphans, stops when idle."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simple_deploy import __version__
from simple_deploy.core import codec
from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import daemons, files, process, stored
from simple_deploy.system.daemons import ProcessId

if TYPE_CHECKING:
    from celery import Celery

BEAT = 1.0  # seconds between two signs of life
SILENT = 6.0  # seconds without one after which a worker counts as gone
SLOW = 30.0  # seconds that one may take to start
ORPHAN = 2.0  # seconds a run may be queued before the worker fetches it without a message

FILE = "worker.json"
STARTING = "worker.starting.json"  # the one that was started last and has not said so itself yet


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerInfo(ProcessId):
    """The process that works, and the version of the tool in it."""

    version: str


def alive(state: Path) -> WorkerInfo | None:
    """The worker of the project whose state is in *state*, when it lives, works and is of this version.

    One that hangs leaves no sign of life. Another one may take its place then, even if it goes on later: which of
    them executes a run is decided by who claims it.
    """
    return _read(state / FILE, SILENT)


def _read(path: Path, silent: float) -> WorkerInfo | None:
    info = stored.known(WorkerInfo, path)
    age = files.age(path, time.time())
    if info is None or age is None or info.version != __version__:
        return None
    return info if age < silent and not info.is_gone(age) else None


def ensure(service: Service, first: str = "") -> bool:
    """Start a worker unless there is one, or one is on its way.

    :param first: id of a run that a new worker begins with, before it has loaded what it reads messages with.
    :returns: whether one was started.
    """
    if alive(service.store.root) is not None or _read(service.store.root / STARTING, SLOW) is not None:
        return False
    start(service, first)
    return True


def start(service: Service, first: str = "") -> int:
    """Start a worker that outlives this process; returns its process id. See :func:`ensure`."""
    log = service.store.root / "worker.log"
    command = (sys.executable, "-m", "simple_deploy", "worker", *([first] if first else []))
    started = _detach(command, service, log)
    with contextlib.suppress(OSError):  # a full disk only means that another one may be started
        files.write_atomic(service.store.root / STARTING, _described(started))
    return started.pid


def start_directly(service: Service, run_id: str) -> int:
    """Execute a run without a worker, in a process that outlives this one; returns its process id."""
    log = service.store.folder(run_id) / "process.log"
    return _detach((sys.executable, "-m", "simple_deploy", "execute", run_id), service, log).pid


def _detach(argv: tuple[str, ...], service: Service, log: Path) -> ProcessId:
    return daemons.start(argv, cwd=service.location.folder, env=service.conf.as_environment(), log=log)


def end(state: Path) -> None:
    """End the worker of the project whose state is in *state*, one that is only starting or that hangs too."""
    for path in (state / FILE, state / STARTING):
        found = stored.known(WorkerInfo, path)
        if found is not None and found.host == daemons.this_process().host and not found.is_gone(None):
            process.kill_tree(found.pid)
        path.unlink(missing_ok=True)


class Keeper:
    """Runs beside the worker: beats, fetches forgotten runs, and ends the worker when it has been idle.

    :param idle: seconds after which an idle worker stops; None never.
    """

    def __init__(self, service: Service, *, idle: float | None) -> None:
        self._service = service
        self._idle = idle
        self._busy = time.monotonic()
        self._fetched: set[str] = set()

    def start(self) -> None:
        threading.Thread(target=self._keep, daemon=True).start()

    def _keep(self) -> None:
        path = self._service.store.root / FILE
        mine = _described(daemons.this_process())
        files.write_atomic(path, mine)
        path.with_name(STARTING).unlink(missing_ok=True)
        while True:
            time.sleep(BEAT)
            try:
                if not path.exists():
                    self._end()  # the state folder is gone, or somebody wants a fresh worker
                    return
                if path.read_bytes() != mine and alive(self._service.store.root) is not None:
                    self._end()  # another worker took over
                    return
                os.utime(path)
                self._look()
            except OSError:
                continue
            if self._idle is not None and time.monotonic() - self._busy > self._idle:
                path.unlink(missing_ok=True)
                self._end()
                return

    def _look(self) -> None:
        for run in self._service.store.list(20):
            if run.is_active:
                self._busy = time.monotonic()
            waiting = run.state is RunState.QUEUED and run.pid is None  # for a worker, not for its own terminal
            forgotten = waiting and time.time() - run.created > ORPHAN
            if forgotten and run.id not in self._fetched and _ring(self._service, run.id):
                self._fetched.add(run.id)

    @staticmethod
    def _end() -> None:
        from celery.worker import state as celery_state  # see _ring

        celery_state.should_stop = 0  # type: ignore[assignment]


def _ring(service: Service, run_id: str) -> bool:
    from simple_deploy.jobs.app import ring  # with Celery, which the first run does not wait for

    return ring(service, run_id)


def serve(app: Celery) -> None:
    """Be a worker until told to stop or idle for too long."""
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal it was started from may close
    app.worker_main(
        ["worker", "--pool=solo", "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    )


def _described(who: ProcessId) -> bytes:
    info = WorkerInfo(pid=who.pid, started=who.started or 0.0, host=who.host, version=__version__)
    return json.dumps(codec.to_data(info)).encode("utf-8")
