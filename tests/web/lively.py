"""A platform whose site can do everything there is: it is a folder. Registered by the tests beside this module."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from simple_deploy.api import (
    Answers,
    Card,
    Chart,
    Domain,
    Link,
    OnPush,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Release,
    Remote,
    Schedule,
    Secret,
    Site,
    SitePlatform,
    SiteState,
    Size,
    Sizes,
    StepError,
    VariableChange,
    changes,
    hookimpl,
    leading_to,
)


class LivelySite(Site):
    """What is in ``site.json`` of the platform's folder."""

    @property
    def file(self) -> Path:
        return self.ctx.home / "site.json"

    def read(self) -> dict[str, dict[str, str]]:
        try:
            return json.loads(self.file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
        except FileNotFoundError:
            raise StepError("The pond is dry.", hint="Wait for rain.") from None

    def change(self, **values: dict[str, str]) -> None:
        self.ctx.write(self.file, json.dumps({**self.read(), **values}))

    def status(self) -> SiteState:
        on = self.read()["is"].get("running") == "yes"
        return SiteState(
            running=on,
            headline="It swims." if on else "It rests.",
            details=(("Depth", "3 m"),),
            charts=(Chart(title="Waves", summary="7 in the last hour", begins=0, step=1800, values=(None, 2, 0, 5)),),
            metrics=Link(title="More waves", url="https://pond.example/waves"),
        )

    def logs(self) -> None:
        self.read()
        self.ctx.note((self.ctx.home / "log.txt").read_text(encoding="utf-8"))

    def start(self) -> None:
        self.change(**{"is": {"running": "yes"}})

    def stop(self) -> None:
        self.change(**{"is": {"running": "no"}})

    def restart(self) -> None:
        self.ctx.note("Everything swims anew.")

    def domains(self) -> tuple[Domain, ...]:
        names = self.read().get("domains", {})
        return tuple(
            Domain(name=name, records=leading_to(name, names[name]), certificate="pending", is_secure=False)
            for name in sorted(names)
        )

    def add_domain(self, name: str) -> None:
        self.change(domains={**self.read().get("domains", {}), name: "pond.invalid"})

    def remove_domain(self, name: str) -> None:
        self.change(domains={key: value for key, value in self.read()["domains"].items() if key != name})

    def sizes(self) -> Sizes:
        name, _, count = self.read()["is"].get("size", "pond:1").partition(":")
        return Sizes(
            current=name,
            count=int(count),
            choices=(
                Size(name="pond", title="A few fish", cents=500, answers={"deploy_on_push": "no"}),
                Size(name="lake", title="Many fish", cents=2500, most=3, answers={"water": "lake"}),
                Size(name="sea", title="All fish"),
            ),
            seen="2026-11",
            page="https://pond.example/prices",
        )

    def resize(self, size: Size, count: int) -> None:
        self.change(**{"is": {**self.read()["is"], "size": f"{size.name}:{count}"}})

    def schedule(self) -> Schedule:
        on = self.read()["is"].get("saved") == "yes"
        return Schedule(is_on=on, when="Each night", keeps="seven", kept=("20261129",), restore="`fish --back`")

    def set_schedule(self, wanted: str) -> None:
        self.change(**{"is": {**self.read()["is"], "saved": "yes" if wanted == "on" else "no"}})

    def releases(self) -> tuple[Release, ...]:
        made = self.read()["releases"]
        return tuple(Release(name=name, commit=made[name], created="today") for name in sorted(made, reverse=True))

    def rollback(self, release: str) -> None:
        self.ctx.note(f"Back to {release or 'the previous release'}.")

    def variables(self) -> tuple[str, ...]:
        return tuple(self.read()["variables"])

    def given_variables(self) -> tuple[str, ...]:
        return tuple(self.read().get("given", {}))

    def changed_variables(self) -> tuple[VariableChange, ...] | None:
        made_with = self.read().get("made with")
        return changes(made_with, self.read()["variables"]) if made_with is not None else None

    def set_variable(self, name: str, value: Secret) -> None:
        self.ctx.hide(value.reveal())
        self.change(variables={**self.read()["variables"], name: value.reveal()})

    def unset_variable(self, name: str) -> None:
        self.change(variables={key: value for key, value in self.read()["variables"].items() if key != name})

    def run(self, words: Sequence[str]) -> None:
        self.ctx.note("ran " + " ".join(words))

    def backup(self, file: Path) -> None:
        file.write_bytes(b"\0saved\xff")

    def restore(self, file: Path) -> None:
        self.ctx.note(f"{len(file.read_bytes())} bytes are back")


class Lively(SitePlatform):
    card = Card(
        slug="lively",
        name="Lively pond",
        summary="A folder that plays a site.",
        cost="Nothing",
        checked=datetime.date(2026, 11, 1),
        in_sentence="the lively pond",
    )
    site = LivelySite
    on_push = OnPush(
        slug="lively",
        name="Lively pond",
        run="fish {app}",
        secret="POND_KEY",
        token="pond key",
        docs="https://pond.example/",
    )

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (self.on_push.option(facts),)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return Plan(platform="lively", steps=())


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    register(Lively())
