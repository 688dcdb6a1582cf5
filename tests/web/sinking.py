"""A platform whose site is a file: it went down where the file says how. Registered by the tests beside this module."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path

from simple_deploy.api import (
    Answers,
    Card,
    Context,
    Location,
    Operation,
    Plan,
    Platform,
    ProjectFacts,
    Remote,
    SiteState,
    StepError,
    hookimpl,
)


class Sinking(Platform):
    card = Card(
        slug="sinking",
        name="Sinking pond",
        summary="A file that plays a site.",
        cost="Nothing",
        checked=datetime.date(2026, 11, 1),
    )
    operations = ("status", "start", "stop")

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return Plan(platform="sinking", steps=())

    def went_down(self, home: Path, location: Location, mark: str) -> str:
        file = home / location.folder.name
        return file.read_text(encoding="utf-8") if home.is_dir() else ""

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        if arguments:
            raise StepError(f"Nobody asked for {dict(arguments)}.")
        file = ctx.home / ctx.facts.location.folder.name
        if operation == "start" and "for good" in file.read_text(encoding="utf-8"):
            raise StepError("It sank for good.", hint="Build another.")
        if operation == "start":
            ctx.write(file, "")
        return SiteState(running=True, headline="It floats.")


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    register(Sinking())
