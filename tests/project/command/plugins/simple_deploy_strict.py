"""Platforms that make it hard for whoever asks ahead: nothing has a default, and one does not even list its options."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence

from simple_deploy.api import (
    Answers,
    Call,
    Card,
    Context,
    Operation,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Question,
    Remote,
    SiteState,
    WriteFile,
    hookimpl,
)

DOOR = Question(id="door", title="Who may come in?", fields=(Option(name="pin", label="PIN", kind="secret"),))
SURPRISE = Question(id="surprise", title="And now?", fields=(Option(name="surprise", label="Surprise"),))

LOG = ("GET / 200", "\x1b[31mGET /nothing 404\x1b[0m", "\x1b]0;a new title\x07GET /title 200\x1b[2J")


def card(slug: str) -> Card:
    return Card(
        slug=slug,
        name=f"{slug.capitalize()} cloud",
        summary="Wants to know everything.",
        cost="Nothing",
        checked=datetime.date(2026, 11, 1),
    )


class Strict(Platform):
    card = card("strict")
    operations = ("status", "logs", "rollback")

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (
            Option(name="owner", label="Owner", pattern="[a-z]+", pattern_help="Small letters only."),
            Option(name="snapshots", label="Snapshots", kind="flag", default=True),
            Option(name="check", label="Named like a flag of the command", required=False, default=""),
            Option(name="api_token", label="Token", kind="secret"),
        )

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        text = f"owner = {answers.text('owner')}, snapshots = {answers.flag('snapshots')}, check = {answers.text('check')}\n"
        return Plan(
            platform="strict",
            steps=(
                WriteFile(id="file", title="Write strict.txt", why="It is read.", path="strict.txt", text=text),
                Call(id="open", title="Open", why="To let people in.", name="open"),
            ),
            questions=(DOOR,),
        )

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        ctx.note(f"the PIN has {len(ctx.ask(DOOR).secret('pin').reveal())} digits")
        if os.environ.get("STRICT_SURPRISE"):
            ctx.ask(SURPRISE)
        return {"url": "http://strict.localhost/"}

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        if operation == "logs":
            for line in LOG:
                ctx.note(line)
        return SiteState(running=True, headline="It runs", details=tuple(sorted(arguments.items())))


class Grumpy(Platform):
    card = card("grumpy")

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        raise RuntimeError("no options today")

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return Plan(platform="grumpy", steps=())


@hookimpl
def simple_deploy_register(register):  # type: ignore[no-untyped-def]
    register(Strict())
    register(Grumpy())
