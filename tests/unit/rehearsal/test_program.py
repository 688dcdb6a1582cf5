"""A platform's program as simulators make it: its arguments, its table of replies; by the example of the documentation."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.rehearsal import World, world
from simple_deploy.rehearsal.program import Call, Grammar, Program, WrongCall
from tests.support.checkout import CHECKOUT

COMMANDS = {"apps create": None, "push": None, "releases": None, "version": None, "auth:whoami": None}
GRAMMAR = Grammar(
    alone=frozenset({"yes", "version", "releases image"}), short={"a": "app"}, aliases={"whoami": "auth:whoami"}
)


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (("apps", "create", "notes", "--yes"), Call("apps create", ("notes",), {"yes": "true"})),
        (("push", "-a", "notes", "--size=a=b"), Call("push", (), {"app": "notes", "size": "a=b"})),
        (("push", "--app", "notes", "--", "python", "-c", "x"), Call("push", (), {"app": "notes"}, ("python", "-c", "x"))),
        (("releases", "--image", "-a", "notes"), Call("releases", (), {"image": "true", "app": "notes"})),
        (("--version",), Call("version", (), {"version": "true"})),
        (("whoami",), Call("auth:whoami")),
        (("swim", "far"), Call("swim", ("far",))),
    ],
)  # fmt: skip
def test_a_command_line_is_taken_apart(arguments: tuple[str, ...], call: Call) -> None:
    assert GRAMMAR.parse(arguments, COMMANDS) == call


def test_an_option_that_has_no_value_is_wrong() -> None:
    with pytest.raises(WrongCall, match="--image"):
        GRAMMAR.parse(("push", "--image"), COMMANDS)


@pytest.fixture
def pond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program of the documentation's example, in a world of its own."""
    monkeypatch.syspath_prepend(str(CHECKOUT / "docs" / "plugins" / "example"))
    monkeypatch.setenv(world.VARIABLE, str(tmp_path / "world"))
    found: Any = importlib.import_module("simple_deploy_pond_simulator")
    assert isinstance(found.POND, Program)
    return found.POND


def test_it_says_what_the_real_one_says(pond: Program, capsys: pytest.CaptureFixture[str]) -> None:
    assert (pond(["apps", "create", "notes"]), capsys.readouterr().out) == (0, "Created notes.\n")
    assert (pond(["swim"]), capsys.readouterr().err) == (2, "pond: what is “swim”?\n")
    assert (pond(["push", "-a", "other"]), capsys.readouterr().err) == (1, "No app called other.\n")


@pytest.mark.parametrize("chosen", [{"variant": 1}, {"variants": {"no-app": 1}}])
def test_the_state_chooses_among_what_nobody_has_seen(
    chosen: dict[str, Any], pond: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    with World.from_environment().change() as state:
        state.update(chosen)

    assert (pond(["push", "-a", "other"]), capsys.readouterr().err) == (1, "404: other not found\n")


def test_who_is_logged_out_gets_nothing(
    pond: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(world.SCENARIO, "logged-out")

    assert (pond(["apps", "create", "notes"]), capsys.readouterr().err) == (1, "You are not logged in.\n")
    assert World.from_environment().read() == {}
