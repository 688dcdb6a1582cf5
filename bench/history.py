"""How long the page of the history takes where a thousand runs are kept."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from pathlib import Path

from bench.background import service_of
from bench.measure import interleaved, seconds
from bench.places import Places
from bench.report import Row, Section, milliseconds
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import new_run_id
from tests.support.project import make_project
from tests.web.servers import Server, serving

FEW, MANY = 20, 1_000
ROUNDS = 15


def measure(places: Places) -> Section:
    env = places.env()
    few, many = (filled(places, name, count) for name, count in (("few", FEW), ("many", MANY)))
    kind = "runserver without reload"
    with serving(few, env, kind) as short, serving(many, env, kind) as long:
        for server in (short, long):
            server.enter()
        found = interleaved(
            {"few": lambda: seconds(lambda: ask(short)), "many": lambda: seconds(lambda: ask(long))}, ROUNDS
        )
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
            )
        ],
        how=f"The first page of the history, asked for {ROUNDS} times from Django's development server. It shows 50 "
        "runs and looks through all of them, for its filters; each is read from its folder every time.",
    )


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
