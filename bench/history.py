"""What the page of the history costs where a thousand runs are kept."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from pathlib import Path

import psutil

from bench.background import service_of
from bench.measure import interleaved
from bench.places import Places
from bench.report import Row, Section, milliseconds
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import FileRunStore, new_run_id
from tests.support.project import make_project
from tests.web.servers import Server, serving

FEW, MANY = 20, 1_000
ROUNDS = 9
PAGES = 10  # in a row, since the system counts in hundredths of a second


def measure(places: Places) -> Section:
    env = places.env()
    few, many = (filled(places, name, count) for name, count in (("few", FEW), ("many", MANY)))
    kind = "runserver without reload"
    with serving(few, env, kind) as short, serving(many, env, kind) as long:
        for server in (short, long):
            server.enter()
        found = interleaved({"few": lambda: cost(short), "many": lambda: cost(long)}, ROUNDS)
    first, again = looks(many)
    took, beside = statistics.median(found["many"]), statistics.median(found["few"])
    return Section(
        title="A long history",
        rows=[
            Row(
                what=f"History where {MANY:,} runs are kept",
                value=milliseconds(took),
                beside=f"{milliseconds(beside)} where {FEW} are",
                ratio=took / beside,
                target="under 200 ms",
                met=took < 0.2,
            ),
            Row(
                what=f"Looking at {MANY:,} runs for the first time",
                value=milliseconds(first),
                beside=f"{milliseconds(again)} after that",
                ratio=first / again,
                target="under 200 ms",
                met=first < 0.2,
            ),
        ],
        how=f"The first page of the history, requested {ROUNDS} times {PAGES} times from Django's development server. "
        "It shows 50 runs and looks through all of them for its filters; a finished run is read again only if its "
        "file has changed. The times are processor time, so a busy computer makes little difference.",
    )


def cost(server: Server) -> float:
    """Seconds of the processor that the server takes for one page."""
    process = psutil.Process(server.pid)
    before = sum(process.cpu_times()[:2])
    for _ in range(PAGES):
        ask(server)
    return (sum(process.cpu_times()[:2]) - before) / PAGES


def looks(project: Path) -> tuple[float, float]:
    """Seconds of the processor for a look at all runs that nobody has looked at, and for the next one."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        store = FileRunStore(project / ".simple_deploy")
        for took in found:
            began = time.process_time()
            if len(store.list(MANY)) != MANY:
                raise RuntimeError("runs are missing")
            took.append(time.process_time() - began)
    return statistics.median(found[0]), statistics.median(found[1])


def filled(places: Places, name: str, count: int) -> Path:
    """A project with *count* runs that are over."""
    project = make_project(places.folder / name)
    with service_of(project, places.env()) as service:
        write(service, count)
    return project


def write(service: Service, count: int) -> None:
    began = time.time() - count
    for number in range(count):
        run = Run(id=new_run_id(began + number), kind=RunKind.PLAN, platform="local", created=began + number)
        service.store.create(replace(run, state=RunState.SUCCEEDED, started=began + number, finished=began + number))


def ask(server: Server) -> None:
    answer = server.ask("GET", "/simple-deploy/runs/")
    if answer.status != 200:
        raise RuntimeError(f"the history answered {answer.status}")
