"""Checking a plugin without pytest: in prose, for every kind of project that its card names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from simple_deploy_upsun.plugin import UpsunPlatform

from simple_deploy import __main__ as program
from simple_deploy.api import Answers, Option, Plan, Platform, ProjectFacts, Remote
from simple_deploy.testkit.checking import check_platform, sentences
from tests.support.plugins.simple_deploy_toy import Toy


class Choosy(Toy):
    """Plans for uv and for requirements files, and stumbles over a nested project that is kept by uv."""

    card = replace(Toy.card, managers=("requirements", "uv"), layouts=("flat", "nested"), checked=date(2020, 1, 1))

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        if facts.dependencies.manager == "uv" and facts.location.project_dir:
            raise LookupError("no such file: uv.lock")
        return super().plan(facts, remote, answers)


class Curious(Toy):
    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (*super().options(facts), Option(name="team", label="Team", required=True))


def told(platform: Platform, **more: dict[str, str]) -> list[str]:
    return [*sentences(check_platform(platform, **more))]


def test_a_platform_that_keeps_to_the_contract_is_told_so() -> None:
    assert told(UpsunPlatform()) == ["Upsun keeps to the contract, in 16 kinds of project."]


def test_a_problem_names_the_line_and_the_kinds_of_project_in_which_it_shows() -> None:
    first, problem, *remarks = told(Choosy())
    assert first == "Toy cloud breaks 1 rule of the contract:"
    assert problem.startswith("  - plan() in line ")
    assert problem.endswith("fails with LookupError: no such file: uv.lock (only with uv, nested)")
    assert "  · Its facts were last checked on 2020-01-01, more than a year ago." in remarks


def test_what_only_the_author_can_answer_is_given_on_the_command_line() -> None:
    assert any("--answer NAME=VALUE" in sentence for sentence in told(Curious()))
    assert "keeps to the contract" in told(Curious(), given={"team": "ducks"})[0]


@pytest.mark.parametrize(
    ("words", "code"), [(["upsun"], 0), (["flyio"], 1), (["flyio", "--answer", "database=sqlite"], 0)]
)
def test_the_command_ends_with_one_if_a_rule_is_broken(
    words: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["check-plugin", *words]) == code
    assert ("breaks 1 rule" in capsys.readouterr().out) == bool(code)


def test_a_platform_that_nobody_brings_is_an_error_with_the_names_of_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert program.main(["check-plugin", "moon"]) != 0
    assert "heroku" in capsys.readouterr().err
