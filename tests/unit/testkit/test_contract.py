"""The contract of a platform can be broken in many ways, and each is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.api import (
    AddRequirements,
    Advice,
    Answers,
    Call,
    Card,
    Choice,
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
    Secret,
    WriteFile,
)
from simple_deploy.testing import make_facts, make_plan, platform_contract

CARD = Card(slug="pond", name="Pond", summary="A pond for small sites.", cost="Nothing.", checked=date(2026, 1, 1))
FILE = WriteFile(id="file", title="Write pond.toml", why="The pond reads it.", path="pond.toml", text="name = 'x'\n")
CREATE = Call(id="create", name="create", title="Create it", why="It needs a place.")
NAME = Option(name="name", label="Name", default="mysite")


class Pond(Platform):
    """A platform that keeps to the contract."""

    card = CARD

    def __init__(
        self,
        *,
        card: Card = CARD,
        options: Sequence[Option] = (NAME,),
        steps: Callable[[ProjectFacts, Answers], Sequence[Any]] = lambda facts, answers: (FILE, CREATE),
        advice: Sequence[Advice] = (Advice(title="Deploy again", command="python manage.py deploy"),),
        **plan: Any,
    ) -> None:
        self.card = card  # type: ignore[misc]
        self._options = options
        self._steps = steps
        self._advice = advice
        self._more = plan

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return self._options

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return Plan(platform="pond", **{"steps": tuple(self._steps(facts, answers)), **self._more})

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        return {}

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return self._advice


def broken(platform: Platform, facts: ProjectFacts | None = None, **more: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        platform_contract(platform, facts or make_facts(), **more)
    return str(caught.value)


def test_a_platform_that_keeps_to_it_passes_and_its_plan_is_handed_back() -> None:
    assert platform_contract(Pond(), make_facts()) == make_plan(Pond())


@pytest.mark.parametrize(
    "text",
    [
        lambda facts: str(facts.location.folder),
        lambda facts: facts.location.manage_py.as_uri(),
        lambda facts: json.dumps({"root": str(facts.location.root)}),
        lambda facts: f"#!{facts.host.python_executable}",
    ],
    ids=["folder", "address", "JSON", "Python"],
)
def test_a_planned_file_holds_no_path_of_this_computer(text: Callable[[ProjectFacts], str], tmp_path: Path) -> None:
    facts = make_facts(location=replace(make_facts().location, root=tmp_path, project_dir="web"))
    pond = Pond(steps=lambda facts, answers: (replace(FILE, text=text(facts)), CREATE))
    assert "the step 'file' holds a path of this computer" in broken(pond, facts)


def test_every_problem_is_named_at_once() -> None:
    told = broken(Pond(card=replace(CARD, summary="", cost=""), advice=()))

    assert told.startswith("Pond breaks the contract of a platform:")
    assert "card.summary is empty" in told
    assert "card.cost is empty" in told
    assert "next_steps() has no command" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"slug": "My Pond"}, "card.slug"),
        ({"name": " "}, "card.name is empty"),
        ({"checked": date.today() + timedelta(days=3)}, "still to come"),
        ({"status": "experimental"}, "without a status_note"),
        ({"needs_account": False}, "needs_card without needs_account"),
        ({"managers": ()}, "card.managers is empty"),
        ({"layouts": ("flat", "round")}, "card.layouts"),
        ({"links": (Link(title="Docs", url="http://pond.example"),)}, "card.links"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_the_card_is_complete(change: dict[str, Any], told: str) -> None:
    assert told in broken(Pond(card=replace(CARD, **change)))


CHOICES = (Choice(value="a", label="A"),)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (Option(name="has space", label="X", default=""), "no Python identifier"),
        (Option(name="size", label="", default="a"), "has no label"),
        (Option(name="size", label="Size", required=False), "neither required nor has it a default"),
        (Option(name="size", label="Size", default="A", pattern="[a-z]"), "has a pattern without pattern_help"),
        (Option(name="size", label="Size", default="A", pattern="[a-z]", pattern_help="Small."), "does not fit"),
        (Option(name="size", label="Size", kind="choice", default="b", choices=CHOICES), "does not fit"),
        (Option(name="size", label="Size", kind="choice", default="b"), "choices go with"),
        (Option(name="size", label="Size", default="a", choices=CHOICES), "choices go with"),
        (Option(name="size", label="Size", default="a", when=("shape", "round")), "names no earlier option"),
        (Option(name="yes", label="Yes", kind="flag", default=True), "which the command has itself"),
        (Option(name="settings", label="Settings", default="x"), "which the command has itself"),
    ],
    ids=lambda value: "" if isinstance(value, str) else value.label or "nameless",
)
def test_options_can_be_shown_asked_and_typed(option: Option, told: str) -> None:
    assert told in broken(Pond(options=(option,)))


def test_the_commands_general_flags_may_be_options() -> None:
    region = Option(name="region", label="Region", default="north")

    platform_contract(Pond(options=(region, replace(region, name="deployed_project_name"))), make_facts())


def test_an_option_without_an_answer_is_named_with_the_way_to_give_one() -> None:
    needed = Pond(options=(Option(name="team", label="Team"),))

    assert "given={" in broken(needed)
    platform_contract(needed, make_facts(), given={"team": "ducks"})


def test_two_options_do_not_share_a_name() -> None:
    assert "the same name twice" in broken(Pond(options=(NAME, NAME)))


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((), "no step, and no finding"),
        ((FILE, replace(FILE)), "two steps called file"),
        ((CREATE, FILE), "edits files after other steps"),
        ((replace(FILE, title=" "),), "no id or title"),
        ((replace(FILE, why=""),), "does not say why"),
        ((replace(FILE, docs="pond.example"),), "no https address"),
        ((replace(FILE, path="../outside"),), "not a path inside the project"),
        ((replace(FILE, path="/etc/passwd"),), "not a path inside the project"),
        ((replace(FILE, path="sub\\file"),), "not a path inside the project"),
        ((AddRequirements(id="add", title="Add", why="Needed.", requirements=()),), "adds no requirement"),
        ((RunCommand(id="run", title="Run", why="Needed.", argv=("pond", "")),), "an empty word"),
        ((RunCommand(id="run", title="Run", why="Needed.", argv=["pond", "up"]),), "another one after JSON"),
        ((replace(FILE, text=Secret("x")),), "does not survive JSON"),
        ((replace(FILE, text="postgres://ada:hunter22@db/x"),), "an address with a password"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_plan_is_data_that_explains_itself(steps: Sequence[Any], told: str) -> None:
    assert told in broken(Pond(steps=lambda facts, answers: steps))


def test_a_plan_without_steps_says_why_by_a_finding() -> None:
    finding = Finding(id="pond.full", level=Level.BLOCKER, title="The pond is full.")

    platform_contract(Pond(steps=lambda facts, answers: (), findings=(finding,)), make_facts())


def test_a_secret_that_planning_knows_does_not_get_into_the_plan() -> None:
    token = Option(name="token", label="Token", kind="secret", for_plan=True)
    leaking = Pond(
        options=(token,),
        steps=lambda facts, answers: (replace(FILE, text=answers.secret("token").reveal()),),
    )

    assert "holds a secret" in broken(leaking)


def test_a_secret_for_the_deployment_is_not_there_when_planning() -> None:
    token = Option(name="token", label="Token", kind="secret")

    platform_contract(
        Pond(options=(token,), steps=lambda facts, answers: () if answers.secrets else (FILE,)), make_facts()
    )


def test_questions_are_checked_as_options_are() -> None:
    question = Question(id="depth", title="How deep?", fields=(Option(name="depth", label="", default="1"),))

    told = broken(Pond(questions=(question, question)))

    assert "the option 'depth' has no label" in told
    assert "two questions of the same id" in told


def test_what_is_created_can_be_found_and_destroyed() -> None:
    told = broken(Pond(creates=(Resource(kind="app", name=""),)))

    assert "without kind or name" in told
    assert "no destroy()" in told
    assert "no probe()" in told


def test_a_call_needs_somebody_who_does_it() -> None:
    class Silent(Pond):
        perform = Platform.perform

    assert "there is no perform()" in broken(Silent())


def test_operations_need_somebody_who_does_them() -> None:
    class Operating(Pond):
        operations = ("status",)

    assert "operations without operate()" in broken(Operating())


@pytest.mark.parametrize(
    ("advice", "told"),
    [
        (Advice(title="", command="pond up"), "has no title"),
        (Advice(title="Think", text=""), "says nothing"),
        (Advice(title="Think", text="Slowly."), "no command to copy"),
    ],
    ids=["title", "nothing", "command"],
)
def test_next_steps_can_be_followed(advice: Advice, told: str) -> None:
    assert told in broken(Pond(advice=(advice,)))


def test_a_plan_does_not_depend_on_when_it_is_made() -> None:
    counter = iter(range(100))
    restless = Pond(steps=lambda facts, answers: (replace(FILE, text=str(next(counter))),))

    assert "not the same when it is asked twice" in broken(restless)


def test_a_plan_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POND_DEPTH", "3")
    curious = Pond(steps=lambda facts, answers: (replace(FILE, text=os.environ.get("POND_DEPTH", "")),))

    assert "depends on the environment" in broken(curious)
    assert os.environ["POND_DEPTH"] == "3"


def test_a_plan_reads_nothing_of_the_project_and_writes_nothing_anywhere(tmp_path: Path) -> None:
    facts = make_facts()
    facts = replace(facts, location=replace(facts.location, root=tmp_path / "project"))
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "notes.txt").write_text("x", encoding="utf-8")

    def reading(facts: ProjectFacts, answers: Answers) -> Sequence[Any]:
        return (replace(FILE, text=(facts.location.root / "notes.txt").read_text(encoding="utf-8")),)

    def writing(facts: ProjectFacts, answers: Answers) -> Sequence[Any]:
        (tmp_path / "elsewhere.txt").write_text("x", encoding="utf-8")
        return (FILE,)

    assert "everything it may know is in facts" in broken(Pond(steps=reading), facts)
    assert "it writes" in broken(Pond(steps=writing), facts)


def test_a_plan_may_read_a_template_of_the_plugins_own(tmp_path: Path) -> None:
    template = tmp_path / "template.txt"
    template.write_text("x", encoding="utf-8")

    platform_contract(
        Pond(steps=lambda facts, answers: (replace(FILE, text=template.read_text(encoding="utf-8")),)), make_facts()
    )


def test_a_plan_starts_no_program() -> None:
    def starting(facts: ProjectFacts, answers: Answers) -> Sequence[Any]:
        subprocess.run([sys.executable, "-c", ""], check=True)
        return (FILE,)

    assert "it starts a program" in broken(Pond(steps=starting))
