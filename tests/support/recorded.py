"""A deployment that took place, as the store holds it: made in a moment, for tests that only show it."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass, field
from pathlib import Path

import pluggy

from simple_deploy import conf
from simple_deploy.core import events as ev
from simple_deploy.core.facts import Location, ProjectFacts
from simple_deploy.core.options import Answers
from simple_deploy.core.plan import FileChange, Plan, RenderedPlan
from simple_deploy.core.secret import Redactor
from simple_deploy.core.steps import Call, Step, WriteFile
from simple_deploy.platforms.base import Advice, Card, Platform, Remote
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs import summary
from simple_deploy.runs.eventlog import EventWriter
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import Target


class Cloud(Platform):
    card = Card(
        slug="toy",
        name="Toy cloud",
        summary="A folder that plays a platform.",
        cost="Nothing",
        checked=datetime.date(2026, 11, 1),
    )

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return plan().plan


STEPS: tuple[Step, ...] = (
    WriteFile(id="file", title="Write toy.toml", why="The cloud reads it.", path="toy.toml", text='app = "shop"\n'),
    Call(id="login", title="Check the login", why="Somebody has to own the site.", name="login"),
    Call(id="build", title="Build the site", why="The packages have to be there.", name="build"),
    Call(id="release", title="Let it serve", why="Visitors come.", name="release"),
)
DIFF = '--- /dev/null\n+++ b/toy.toml\n@@ -0,0 +1,2 @@\n+app = "shop"\n+size = "small"\n'


@dataclass
class Clock:
    """Each look is a little later."""

    at: float = field(default_factory=lambda: time.time() - 60)

    def now(self) -> float:
        self.at += 0.01
        return self.at


def service(folder: Path) -> Service:
    """The service of an empty project in *folder*."""
    (folder / "blog").mkdir(parents=True, exist_ok=True)
    settings = conf.load(
        {"SIMPLE_DEPLOY_DATA_DIR": str(folder / "data"), "SIMPLE_DEPLOY_CACHE_DIR": str(folder / "cache")}
    )
    made = Service(
        Location(root=folder / "blog"),
        settings,
        registry=PluginRegistry(pluggy.PluginManager("simple_deploy"), {"toy": Cloud()}, ()),
    )
    made.store.prepare()
    return made


def plan() -> RenderedPlan:
    reasons = (("Write toy.toml", "The cloud reads it."),)
    change = FileChange(path="toy.toml", before=None, after="1", diff=DIFF, added=2, reasons=reasons)
    return RenderedPlan(
        plan=Plan(platform="toy", steps=STEPS),
        base="",
        snapshot=False,
        changes=(change,),
        answers_digest="",
    )


def begin(service: Service) -> tuple[Run, EventWriter]:
    """A deployment that is under way."""
    number = len(service.store.ids())
    run = Run(
        id=f"20261129-1200{number:02d}-000-abcdef",
        kind=RunKind.DEPLOY,
        state=RunState.SUCCEEDED,
        platform="toy",
        created=time.time() - 60 + number,
        started=time.time() - 60,
    )
    (service.store.root / "runs" / run.id).mkdir(parents=True)
    service.store.save(run)
    service.store.save_plan(run.id, plan())
    return run, EventWriter(service.store.folder(run.id), clock=Clock(), redact=Redactor(["a-secret-of-the-site"]))


def deploy(service: Service, lines: int = 5) -> Run:
    """A deployment that has worked."""
    run, writer = begin(service)
    heads = tuple(ev.StepHead(id=step.id, title=step.title, why=step.why) for step in STEPS)
    writer.record(None, ev.RunStarted(run_kind="deploy", platform="toy", steps=heads))
    folder = service.location.root
    for step in STEPS:
        writer.record(step.id, ev.StepStarted(title=step.title, why=step.why))
        writer.record(step.id, ev.Output(text=f"toy {step.id} --folder {folder}", stream="command"))
        for number in range(lines):
            writer.record(
                step.id, ev.Output(text=f"{step.id}, line {number}, of ada@example.com in {folder}/manage.py")
            )
        writer.record(step.id, ev.StepFinished(outcome="done", seconds=0.5))
    writer.record(None, ev.RunFinished(state="succeeded", url="https://shop.example/"))
    writer.close()
    done = service.store.update(run.id, finished=time.time(), url="https://shop.example/", applied=True)
    service.store.save_target(Target(platform="toy", answers={}, url=done.url))
    made = summary.make(
        done,
        card=Cloud.card,
        project="blog",
        folder=folder,
        plan=plan(),
        advice=(Advice(title="Make an admin user", command="toy run createsuperuser"),),
        resources=(),
    )
    service.store.save_data(run.id, "summary", made)
    return done
