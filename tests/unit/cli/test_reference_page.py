"""docs/reference/command.md says what the parsers say."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import get_args

import pytest

from simple_deploy import __main__ as without_settings
from simple_deploy.cli.request import ACTIONS
from simple_deploy.cli.result import Result, Status
from simple_deploy.core import errors
from simple_deploy.engine import additions
from simple_deploy.management.commands.deploy import add_actions, add_corrections, add_manner

PAGE = Path(__file__).parents[3].joinpath("docs", "reference", "command.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[tuple[str, ...]]:
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


def flags(add: object) -> list[argparse.Action]:
    parser = argparse.ArgumentParser(add_help=False)
    add(parser)  # type: ignore[operator]
    return [action for action in parser._actions if action.help != argparse.SUPPRESS]


def spelled(action: argparse.Action) -> str:
    value = f"[{action.metavar}]" if action.nargs == "?" else str(action.metavar or "")
    return f"{', '.join(action.option_strings)} {value}".strip()


TABLES = {"What to do": add_actions, "How": add_manner, "What the project is": add_corrections}


@pytest.mark.parametrize(("title", "add"), TABLES.items())
def test_every_flag_stands_there_in_the_words_of_its_help(title: str, add: object) -> None:
    assert rows(title) == [(f"`{spelled(action)}`", action.help) for action in flags(add)]


def test_every_action_without_settings_stands_there() -> None:
    (actions,) = [each for each in without_settings.parser()._actions if isinstance(each, argparse._SubParsersAction)]
    helps = {each.dest: each.help for each in actions._choices_actions}
    expected = []
    for name, parser in actions.choices.items():
        run = next((each for each in parser._actions if each.dest == "run"), None)
        spelt = name if run is None else f"{name} RUN" if run.nargs is None else f"{name} [RUN]"
        expected.append((f"`{spelt}`", helps[name]))
    assert rows("Without settings") == expected
    assert {*without_settings.ACTIONS, "deploy"} == set(actions.choices)


def test_no_flag_is_mentioned_that_does_not_exist() -> None:
    known = {name for add in TABLES.values() for action in flags(add) for name in action.option_strings}
    known |= {
        "--project",
        "--help",
        "--settings",
        "--no-color",
        "--new",
        "--rehearsals",
        "--result",
        "--into",
        "--ignore-unclean-git",
    }
    known |= {"--" + name.replace("_", "-") for name in additions.NAMES}
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) - known == set()


def test_every_action_is_a_flag() -> None:
    assert {action.dest for action in flags(add_actions)} == set(ACTIONS[1:])


def test_the_exit_codes_and_the_result() -> None:
    every = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert {code for code, _ in rows("Exit codes")} == {"0", *(str(each.exit_code) for each in every)}
    assert [name for name, _ in rows("JSON")] == [f"`{name}`" for name in Result().to_data()]
    assert set(re.findall(r"`([\w-]+)`", dict(rows("JSON"))["`status`"])) == set(get_args(Status))
