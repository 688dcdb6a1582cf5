"""The reference pages say what the code says."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any, get_args

import pytest

from simple_deploy import checks, conf
from simple_deploy.cli import jsonlines
from simple_deploy.core import errors, events
from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.edits import errors as edit_errors
from simple_deploy.runs.model import RunKind, RunState
from tests.docs.pages import text

ERRORS = {
    each.code: each
    for module in (errors, edit_errors)
    for each in vars(module).values()
    if inspect.isclass(each) and issubclass(each, SimpleDeployError)
}
SETTINGS = re.findall(r"``(SIMPLE_DEPLOY_\w+)``", conf.Conf.__doc__ or "")
CHECKS = sorted(set(re.findall(r'"(simple_deploy\.[EW]\d+)"', inspect.getsource(checks))))
KINDS = get_args(events.Payload)


def row(page: str, first: str) -> list[str]:
    """The cells of the line of a table that begins with *first*."""
    lines = [line for line in page.splitlines() if line.startswith(f"| {first} |")]
    assert len(lines) == 1, f"{first} has {len(lines)} lines"
    return [cell.strip() for cell in lines[0].strip("|").split("|")]


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_is_documented_with_its_exit_code_its_meaning_and_the_way_out(code: str) -> None:
    _, name, exit_code, meaning, way_out = row(text("reference", "errors.md"), code)

    assert name == f"`{ERRORS[code].__name__}`"
    assert exit_code == str(ERRORS[code].exit_code)
    assert meaning and way_out


def test_no_error_is_documented_that_does_not_exist() -> None:
    assert set(re.findall(r"^\| (SD\d+) ", text("reference", "errors.md"), re.MULTILINE)) == set(ERRORS)


def test_the_settings_are_those_of_the_code() -> None:
    documented = re.findall(r"^\| `(SIMPLE_DEPLOY_\w+)` ", text("reference", "settings.md"), re.MULTILINE)

    assert documented == SETTINGS
    assert len(SETTINGS) == len(dataclasses.fields(conf.Conf))


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_really_read(name: str) -> None:
    values = {"WORKER_IDLE": "5", "ENABLED": "1"}
    given = values.get(name.removeprefix("SIMPLE_DEPLOY_"), "/somewhere")

    assert conf.load({name: given}) != conf.load({})


def test_the_default_of_an_idle_worker_is_as_documented() -> None:
    assert row(text("reference", "settings.md"), "`SIMPLE_DEPLOY_WORKER_IDLE`")[1] == "`600`"
    assert conf.load({}).worker_idle == 600


def test_the_system_checks_are_those_of_the_code() -> None:
    documented = re.findall(r"^\| `(simple_deploy\.[EW]\d+)` ", text("reference", "checks.md"), re.MULTILINE)

    assert documented == CHECKS
    for id in CHECKS:
        level = row(text("reference", "checks.md"), f"`{id}`")[1]
        # Beside an old Django the server has to start, so that the page can explain.
        letter = "W" if id == "simple_deploy.E002" else id.rpartition(".")[2][0]
        assert level == {"E": "error", "W": "warning"}[letter]


@pytest.mark.parametrize("event", KINDS, ids=lambda event: event.kind)
def test_every_event_is_documented_with_its_fields(event: Any) -> None:
    data = row(text("reference", "events.md"), f"`{event.kind}`")[2]

    assert [field.name for field in dataclasses.fields(event) if f"`{field.name}`" not in data] == []


def test_no_event_is_documented_that_does_not_exist() -> None:
    table = text("reference", "events.md").partition("## Kinds")[2].partition("## ")[0]

    assert re.findall(r"^\| `([\w-]+)` ", table, re.MULTILINE) == [event.kind for event in KINDS]


def test_every_document_of_json_is_documented() -> None:
    table = text("reference", "events.md").partition("## Other lines")[2]
    printed = set(re.findall(r'_document\("(\w+)"', inspect.getsource(jsonlines)))

    assert set(re.findall(r"^\| `(\w+)` ", table, re.MULTILINE)) == {"type", *printed, "result"}  # type: the heading
    assert f"`version`, which is {jsonlines.VERSION}" in table


def test_states_and_kinds_of_runs_are_documented() -> None:
    page = text("reference", "state.md")

    for state in RunState:
        row(page, f"`{state.value}`")
    assert ", ".join(f"`{kind.value}`" for kind in RunKind) in page
