"""Plans, events and runs survive JSON and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core import codec
from simple_deploy.core.events import Event, Output, Payload, RunFinished, StepFinished
from simple_deploy.core.facts import Location
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.plan import FileChange, Plan, RenderedPlan
from simple_deploy.core.resources import Resource
from simple_deploy.core.steps import (
    AddRequirements,
    Call,
    CheckUrl,
    Commit,
    EditBlock,
    RemoveRequirements,
    RunCommand,
    Step,
    WriteFile,
)
from simple_deploy.runs.model import Run

text = st.text(max_size=20)
step: st.SearchStrategy[Step] = st.one_of(
    *(st.builds(kind) for kind in (WriteFile, EditBlock, AddRequirements, RemoveRequirements)),
    *(st.builds(kind) for kind in (RunCommand, Call, Commit, CheckUrl)),
)
plans = st.builds(Plan, platform=text, steps=st.lists(step, max_size=6).map(tuple))


@given(st.builds(RenderedPlan, plan=plans))
def test_a_plan_survives_json_with_its_digest(plan: RenderedPlan) -> None:
    back = codec.from_data(RenderedPlan, json.loads(json.dumps(codec.to_data(plan))))
    assert back == plan
    assert back.digest == plan.digest


st.register_type_strategy(float, st.floats(0, 4e9))


@given(st.builds(Event, payload=st.from_type(Payload)))
def test_an_event_survives_json(event: Event) -> None:
    rounded = json.loads(json.dumps(event.to_data()))
    assert Event.from_data(rounded).to_data() == event.to_data()


@given(st.builds(Run))
def test_a_run_survives_json(run: Run) -> None:
    assert codec.from_data(Run, json.loads(json.dumps(codec.to_data(run)))) == run


def test_the_digest_depends_on_every_byte_that_is_approved() -> None:
    change = FileChange(path="a.py", before=None, after="1" * 64, diff="")
    other = FileChange(path="a.py", before=None, after="2" * 64, diff="")
    plan = Plan(platform="local", steps=())

    def digest(one: FileChange) -> str:
        return RenderedPlan(plan=plan, base="c", snapshot=False, changes=(one,), answers_digest="").digest

    assert digest(change) != digest(other)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Finding, {"id": "a", "level": "shrug", "title": "x"}),
        (Finding, {"id": "a"}),
        (Finding, ["a"]),
        (Location, {"root": 3}),
        (Resource, {"kind": "app", "name": None}),
        (Event, None),
    ],
)
def test_data_of_another_shape_are_refused(kind: type, data: object) -> None:
    with pytest.raises(codec.CodecError):
        codec.from_data(kind, data)


def test_unknown_keys_from_a_newer_version_are_ignored() -> None:
    data = {**codec.to_data(Finding(id="a", level=Level.OK, title="x")), "colour": "blue"}
    assert codec.from_data(Finding, data) == Finding(id="a", level=Level.OK, title="x")


def test_paths_are_written_with_slashes() -> None:
    assert codec.to_data(Location(root=Path("/home/ada")))["root"] == "/home/ada"


def test_events_have_the_documented_shape() -> None:
    event = Event(seq=3, at=1.23456, step="build", payload=Output(text="hi"))
    assert event.to_data() == {
        "seq": 3,
        "at": 1.235,
        "step": "build",
        "kind": "output",
        "data": {"text": "hi", "stream": "out"},
    }
    assert Event(seq=1, at=0, step=None, payload=RunFinished(state="failed")).to_data()["kind"] == "run-finished"
    assert (
        Event(seq=1, at=0, step=None, payload=StepFinished(outcome="done", seconds=1)).to_data()["data"]["seconds"] == 1
    )
