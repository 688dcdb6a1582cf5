"""The most memory the worker and the process of a run hold while they plan and deploy."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from bench.background import begin, service_of, wait_for_end
from bench.places import Places
from bench.report import Row, Section, megabytes
from simple_deploy.jobs import worker
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.service import Service

LOOK = 0.01  # seconds between two looks


class Peak:
    """Watches a process until it ends."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        with contextlib.suppress(OSError):  # it has ended
            while held := _peak(self._pid):
                self.bytes = held
                time.sleep(LOOK)


def _peak(pid: int) -> int:
    """The most the process held so far, in bytes."""
    status = Path("/proc", str(pid), "status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def peak_of_tree(pid: int) -> int:
    """The most that a process and each of those it started held so far, in bytes."""
    root = psutil.Process(pid)
    return sum(_peak(each.pid) for each in (root, *root.children(recursive=True)))


def measure(places: Places) -> Section:
    project, env = places.sample("sample"), places.env()
    check = of_command(project, env)
    with service_of(project, env) as service:
        planned = service.create_plan("local", {})
        plan = of_run(service, planned)
        rendered = service.plan_of(planned.id)
        if rendered is None:
            raise RuntimeError("there is no plan")
        deploy = of_run(service, service.create_apply(planned.id, rendered.digest, RunKind.DEPLOY))
        working = worker.alive(service.store.root)
        if working is None:
            raise RuntimeError("the worker is gone")
        idle = _peak(working.pid)
        wait_for_end(service, start(service, service.create_destroy("local")).id)
    beside = f"{megabytes(check)} by `manage.py check`"
    return Section(
        title="Memory",
        rows=[
            Row(what=f"Most memory of {what}", value=megabytes(value), beside=beside, ratio=value / check)
            for what, value in (
                ("the worker", idle),
                ("the process of a plan", plan),
                ("the process of a deployment", deploy),
            )
        ],
        how="The sample project, planned and deployed to this computer in the background. The programs that a run "
        "starts are not included. The worker stays for ten minutes after the last run and then stops by itself.",
    )


def of_command(project: Path, env: Mapping[str, str]) -> int:
    with subprocess.Popen(
        [sys.executable, "manage.py", "check"], cwd=project, env=dict(env), stdout=subprocess.DEVNULL
    ) as process:
        peak = Peak(process.pid)
    return peak.bytes


def start(service: Service, run: Run) -> Run:
    begin(service, run)
    return run


def of_run(service: Service, run: Run) -> int:
    """The most memory the process of *run* held, from its start to its end."""
    begin(service, run)
    while (pid := service.run(run.id).pid) is None:
        time.sleep(LOOK)
    peak = Peak(pid)
    wait_for_end(service, run.id)
    if service.run(run.id).error:
        raise RuntimeError(f"{run.kind.value}: {service.run(run.id).error}")
    return peak.bytes
