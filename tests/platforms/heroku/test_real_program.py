"""Heroku's own program still says what was recorded of it: see recording.py, and test_recorded.py for the simulated one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conftest import needs_program
from tests.platforms.heroku import recording
from tests.platforms.heroku.programs import CALLS, Real, install, real
from tests.support.shared import once

# Its installation alone takes as long as many other tests.
pytestmark = [pytest.mark.slow, pytest.mark.slice(0)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    npm = needs_program("npm")
    folder = once(tmp_path_factory, "heroku's own program", lambda made: install(npm, made))
    with real(tmp_path_factory.mktemp("heroku"), folder / "node_modules" / ".bin" / "heroku") as found:
        yield found


@pytest.mark.parametrize("name", CALLS)
def test_the_program_says_what_was_recorded(name: str, program: Real) -> None:
    said = recording.text(recording.answered(program, name))
    assert json.loads(said) == recording.read()["answers"][name]


def test_the_program_sets_config_vars_as_was_recorded(program: Real) -> None:
    assert json.loads(recording.text(recording.setting(program))) == recording.read()["setting"]
