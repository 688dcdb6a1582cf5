"""A run's events fold into the same picture, however they are cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core.events import (
    Event,
    FileChanged,
    FindingRaised,
    Output,
    Payload,
    PlanReady,
    QuestionAnswered,
    QuestionAsked,
    ResourceCreated,
    ResourceDestroyed,
    RunFinished,
    RunStarted,
    StepFinished,
    StepHead,
    StepStarted,
    TurnAwaited,
)
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.options import Question
from simple_deploy.core.resources import Resource
from simple_deploy.runs.timeline import Timeline, fold, lines, spoken

HEADS = tuple(StepHead(id=name, title=name.capitalize(), why=f"why {name}") for name in ("look", "build", "push"))
APP = Resource(kind="app", name="shop")


def told(*items: tuple[str | None, Payload]) -> list[Event]:
    return [Event(seq=n, at=100.0 + n, step=step, payload=payload) for n, (step, payload) in enumerate(items, 1)]


STORY = told(
    (None, RunStarted(run_kind="deploy", platform="toy", steps=HEADS)),
    ("look", StepStarted(title="Look")),
    ("look", FindingRaised(finding=Finding(id="x", level=Level.WARNING, title="Careful."))),
    ("look", StepFinished(outcome="done", seconds=1.5)),
    ("build", StepStarted(title="Build", why="it must be")),
    ("build", Output(text="make it", stream="command")),
    ("build", Output(text="made")),
    ("build", ResourceCreated(resource=APP)),
    ("build", QuestionAsked(question=Question(id="q", title="Go on?"))),
    ("build", QuestionAnswered(question_id="q", answer="yes")),
    ("build", StepFinished(outcome="failed", seconds=4.0, detail="no room")),
    ("build", FileChanged(path="a.txt", change="create")),
    (None, RunFinished(state="failed", message="No room.", remains=(APP,))),
)


def test_a_story_is_told_step_by_step() -> None:
    timeline = fold(STORY)
    assert [(step.id, step.state, step.seconds) for step in timeline.steps] == [
        ("look", "done", 1.5),
        ("build", "failed", 4.0),
        ("push", "waiting", None),
    ]
    assert timeline.failed is not None
    assert (timeline.failed.detail, timeline.failed.why, timeline.failed.seq) == ("no room", "it must be", 5)
    assert timeline.answers == (("Go on?", "yes"),)
    assert timeline.resources == ((APP, False),)
    assert [finding.id for finding in timeline.findings] == ["x"]
    assert timeline.end is not None
    assert timeline.end.remains == (APP,)
    assert (timeline.seq, timeline.finished, timeline.current) == (13, 1, None)


@given(st.lists(st.integers(0, len(STORY)), max_size=6), st.integers(0, 5))
def test_cutting_and_repeating_change_nothing(cuts: list[int], overlap: int) -> None:
    timeline = Timeline()
    start = 0
    for cut in [*sorted(cuts), len(STORY)]:
        timeline = fold(STORY[max(start - overlap, 0) : cut], timeline)
        start = cut
    assert timeline == fold(STORY)


def test_the_step_under_way_has_a_beginning_and_no_end() -> None:
    current = fold(STORY[:6]).current
    assert current is not None
    assert (current.id, current.started, current.seconds) == ("build", 105.0, None)


def test_a_question_is_open_until_it_is_answered_or_the_run_ends() -> None:
    asked = fold(STORY[:9])
    assert asked.question is not None
    assert (asked.question.title, asked.question_seq) == ("Go on?", 9)
    assert fold(STORY[9:10], asked).question is None
    ended = fold([Event(seq=10, at=1.0, step=None, payload=RunFinished(state="cancelled"))], asked)
    assert ended.question is None


def test_a_run_waits_for_its_turn_until_that_comes_or_the_run_ends() -> None:
    waiting = told((None, TurnAwaited(before=3)), (None, TurnAwaited(before=0)))
    assert [fold(waiting[:1]).before, fold(waiting).before] == [3, 0]
    assert [line.text for line in lines(waiting)] == ["Waiting: 3 before you.", "Waiting: you are next."]
    assert fold([*waiting, Event(seq=3, at=103.0, step=None, payload=TurnAwaited(before=None))]).before is None
    assert fold([*waiting, Event(seq=3, at=103.0, step=None, payload=RunFinished(state="cancelled"))]).before is None


def test_a_step_whose_end_was_not_told_shares_the_runs_fate() -> None:
    running = fold(STORY[:5])
    for state, outcome in (("cancelled", "cancelled"), ("failed", "failed"), ("interrupted", "failed")):
        ended = fold([Event(seq=6, at=110.0, step=None, payload=RunFinished(state=state))], running)
        assert (ended.steps[1].state, ended.steps[1].seconds) == (outcome, 5.0)


def test_steps_announced_later_keep_what_is_known_of_earlier_ones() -> None:
    more = RunStarted(run_kind="plan", platform="toy", steps=(*HEADS[1:], StepHead(id="check", title="Check")))
    timeline = fold([Event(seq=5, at=1.0, step=None, payload=more)], fold(STORY[:4]))
    assert [(step.id, step.state) for step in timeline.steps] == [
        ("look", "done"),
        ("build", "waiting"),
        ("push", "waiting"),
        ("check", "waiting"),
    ]


def test_a_step_nobody_announced_is_shown_all_the_same() -> None:
    timeline = fold(told(("extra", StepStarted(title="Extra"))))
    assert [(step.title, step.state) for step in timeline.steps] == [("Extra", "running")]


def test_a_retried_step_starts_afresh() -> None:
    again = fold([Event(seq=14, at=200.0, step="build", payload=StepStarted(title="Build"))], fold(STORY))
    assert (again.steps[1].state, again.steps[1].seconds, again.steps[1].detail) == ("running", None, "")


def test_what_was_destroyed_is_there_no_more_and_a_plan_is_noticed() -> None:
    timeline = fold(
        told(
            (None, ResourceCreated(resource=APP, reused=True)),
            (None, ResourceDestroyed(resource=APP)),
            (None, PlanReady(digest="d", files=2)),
        )
    )
    assert timeline.resources == ()
    assert timeline.plan == PlanReady(digest="d", files=2)


def test_every_event_has_at_most_one_line_named_by_its_number() -> None:
    shown = lines(STORY)
    assert [line.seq for line in shown] == list(range(2, 14))
    assert [(line.kind, line.text) for line in shown[3:8]] == [
        ("step", "Build"),
        ("command", "make it"),
        ("out", "made"),
        ("resource", "app shop created"),
        ("question", "Go on?"),
    ]
    assert shown[3].detail == "it must be"
    assert (shown[-3].text, shown[-3].outcome) == ("Failed after 4.0 s: no room", "failed")
    assert (shown[-1].text, shown[-1].outcome) == ("No room.", "failed")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "< 0.1 s"), (0.04, "< 0.1 s"), (0.06, "0.1 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"),
     (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3600, "1 h 00 min"), (3725, "1 h 02 min")],
)  # fmt: skip
def test_durations_are_written_as_people_say_them(seconds: float, words: str) -> None:
    assert spoken(seconds) == words
