"""The simulated program says what Heroku's own said when it was recorded, to every call the plugin makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_heroku import commands, deployment
from simple_deploy_heroku.simulator import platform_api as simulated_api

from simple_deploy.testing import MakeProgram, RecordingContext, fake_program, make_facts
from tests.platforms.heroku import recording
from tests.platforms.heroku.api import TOKEN, Api
from tests.platforms.heroku.programs import (
    APP,
    CALLS,
    PACKAGE,
    Prepare,
    Simulated,
    an_app,
    nothing,
    second_words,
    simulated,
    somebody_elses,
)
from tests.platforms.heroku.recording import VARIABLES
from tests.support.checkout import CHECKOUT
from tests.support.http import listening

__all__ = ["fake_program"]

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("heroku")) as found:
        yield found


@pytest.mark.parametrize("name", CALLS)
def test_the_simulated_program_says_what_the_real_one_said(name: str, program: Simulated) -> None:
    assert program.asked(CALLS[name]) == recording.answer(name)


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.scenario])
def test_whoever_is_logged_out_is_known_by_what_the_real_program_said(name: str) -> None:
    said = recording.answer(name)
    assert commands.is_logged_out(said.exit_code, said.errors)


def test_everything_that_the_plugin_calls_is_recorded_as_it_calls_it() -> None:
    recorded = recording.read()
    assert recorded["program"] == PACKAGE
    calls = {name: each["call"] for name, each in recorded["answers"].items()}
    assert calls == {name: [*call.argv] for name, call in CALLS.items()}, "python -m tests.platforms.heroku.recording"
    made = set(re.findall(r'\(PROGRAM, "([a-z:]+)"', Path(commands.__file__).read_text(encoding="utf-8")))
    assert made <= {call[1] for call in calls.values()}


def test_nothing_of_the_computer_on_which_it_was_recorded_is_in_the_file() -> None:
    text = recording.FILE.read_text(encoding="utf-8")
    for foreign in (str(CHECKOUT), str(Path.home()), "/tmp/", "node_modules", "registry"):
        assert foreign not in text


def test_config_vars_are_set_as_the_real_program_did(tmp_path: Path, fake_program: MakeProgram) -> None:
    fake_program("heroku", {"auth:token": TOKEN})
    expected = recording.read()["setting"]
    with listening() as api:
        ctx = RecordingContext(make_facts(), home=tmp_path, visited=api.visited)
        deployment.set_config(ctx, APP, VARIABLES)
        (asked,) = api.asked

    assert (asked.method, asked.path, asked.data) == ("PATCH", expected["path"], expected["data"])
    assert {name: asked.headers[name] for name in recording.HEADERS} == expected["headers"]
    known: dict[str, Any] = {}
    an_app(known)
    Api(state=known).answer("PATCH", asked.path, asked.data, asked.headers)
    assert known["apps"][APP]["config"] == expected["after"]


@pytest.mark.parametrize("prepare", [an_app, nothing, somebody_elses, second_words(somebody_elses)])
@pytest.mark.parametrize("token", [TOKEN, "no longer good"])
def test_the_simulated_api_answers_as_the_one_that_the_real_program_takes(
    token: str, prepare: Prepare, program: Simulated
) -> None:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json", "accept": deployment.ACCEPT}
    known: dict[str, Any] = {}
    prepare(known)
    program.begin(known)
    api = Api(state=known)
    asked = (
        ("PATCH", f"/apps/{APP}/config-vars", VARIABLES),
        ("PATCH", f"/apps/{APP}/config-vars", {**VARIABLES, "C": "later"}),
    )
    for method, path, body in asked:
        simulated = simulated_api.answer(program.world, method, path, headers, body)
        assert simulated == api.answer(method, path, body, headers)
