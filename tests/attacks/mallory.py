"""A platform that says, wherever a platform may say anything, what would harm a reader who believed it."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simple_deploy.api import (
    Advice,
    Answers,
    Call,
    Card,
    Choice,
    Commit,
    Context,
    Finding,
    FinishedRun,
    Level,
    Link,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Question,
    Remote,
    Resource,
    RunCommand,
    Simulation,
    StepError,
    WriteFile,
    hookimpl,
)

BAD = (
    '<script>alert(1)</script><img src=x onerror="alert(2)">"\'><svg/onload=alert(3)>{% debug %}{{ settings }}'
    "\x1b]52;c;cm0gLXJm\x07\x1b]8;;javascript:alert(4)\x07here\x1b]8;;\x07\x9d52;c;cm0=\x9c\x1b[2J\x1bc\u202egnp"
)
LINK = "javascript:alert(5)"


class Mallory(Platform):
    card = Card(
        slug="mallory",
        name=f"M{BAD}",
        summary=BAD,
        cost=BAD,
        checked=datetime.date(2026, 11, 1),
        status="experimental",
        status_note=BAD,
        needs_account=False,
        needs_card=False,
        links=(Link(title=BAD, url=LINK), Link(title="data", url="data:text/html,<script>alert(6)</script>")),
    )
    operations = ("status",)
    simulation = Simulation(programs={"mallory": __name__}, scenarios=("logged-out",), differs=(BAD, LINK))

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (
            Option(name="one", label=BAD, help=BAD, default=BAD),
            Option(
                name="two", label=BAD, kind="choice", default="a", choices=(Choice(value="a", label=BAD, help=BAD),)
            ),
        )

    def check(self, ctx: Context) -> Iterable[Finding]:
        yield Finding(id="mallory.x", level=Level.WARNING, title=BAD, why=BAD, fix=BAD, docs=LINK, details=(BAD,))

    def probe(self, ctx: Context) -> Remote:
        return Remote(resources=(Resource(kind="app", name=BAD, url=LINK, cost=BAD, holds=BAD),))

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        ask = Question(id="q", title=BAD, help=BAD, fields=(Option(name="three", label=BAD, help=BAD, default=BAD),))
        return Plan(
            platform="mallory",
            steps=(
                WriteFile(
                    id="file", title=BAD, why=BAD, cost=BAD, undo=BAD, docs=LINK, path="notes <b>.txt", text=BAD + "\n"
                ),
                Commit(id="commit", title=BAD, why=BAD, message="Notes"),
                RunCommand(id="build", title=BAD, why=BAD, argv=(sys.executable, "-c", f"print({BAD!r})")),
                Call(id="call", title=BAD, why=BAD, name="call"),
            ),
            creates=(Resource(kind=BAD, name=BAD, url=LINK, cost=BAD),),
            questions=(ask,),
            notes=(BAD,),
        )

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        ctx.note(BAD)
        ctx.created(Resource(kind="app", name=BAD, url=LINK, cost=BAD))
        raise StepError(BAD, hint=BAD, docs=LINK)

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return (Advice(title=BAD, text=BAD, command=BAD, where=BAD, url=LINK),)


@hookimpl
def simple_deploy_register(register: Any) -> None:
    register(Mallory())
