from __future__ import annotations

from dataclasses import replace

import pytest

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Level
from simple_deploy.platforms.python import choose_python
from simple_deploy.testing import make_facts

OFFERED = ("3.14", "3.12", "3.13")


def facts(
    here: str = "3.13.1", *, wanted: str | None = None, declared: str = "", django: str = ">=3.12"
) -> ProjectFacts:
    made = make_facts(python_wanted=wanted, python_range=declared, django_python=django, django="6.0.1")
    return replace(made, host=replace(made.host, python=here))


@pytest.mark.parametrize(
    ("given", "version", "reason"),
    [
        (facts(), "3.13", "The project runs on Python 3.13 here."),
        (
            facts(wanted=">=3.12,<4", declared=">=3.12,<4"),
            "3.13",
            "The project runs on Python 3.13 here, and >=3.12,<4 allows it.",
        ),
        (facts(wanted="3.12"), "3.12", "The project asks for Python 3.12."),
        (facts(wanted="3.14.2", declared=">=3.13"), "3.14", "The project asks for Python 3.14.2."),
        (facts(wanted="3.12", declared="3.12"), "3.12", "The project asks for Python 3.12."),
        (facts(wanted="pypy", django=""), "3.13", "The project runs on Python 3.13 here."),
    ],
)
def test_a_version_that_fits_is_taken_without_a_word(given: ProjectFacts, version: str, reason: str) -> None:
    choice = choose_python(given, supported=OFFERED)
    assert (choice.version, choice.reason, choice.finding) == (version, reason, None)


@pytest.mark.parametrize(
    ("given", "version", "title"),
    [
        (facts("3.11.9"), "3.12", "Here the project runs on Python 3.11; the deployed site runs on 3.12."),
        (facts("3.15.0a2"), "3.14", "Here the project runs on Python 3.15; the deployed site runs on 3.14."),
        (facts(wanted="3.10"), "3.12", "The project asks for Python 3.10; the deployed site runs on 3.12."),
        (facts(declared=">=3.14"), "3.14", "Here the project runs on Python 3.13; the deployed site runs on 3.14."),
        (
            facts(wanted="3.12", declared=">=3.13"),
            "3.13",
            "The project asks for Python 3.12; the deployed site runs on 3.13.",
        ),
    ],
)
def test_another_version_than_here_is_told(given: ProjectFacts, version: str, title: str) -> None:
    choice = choose_python(given, supported=OFFERED, platform="Pond")
    assert choice.version == version
    assert choice.finding is not None
    assert (choice.finding.level, choice.finding.title) == (Level.WARNING, title)
    assert "Pond has Python 3.12, 3.13 and 3.14" in choice.finding.why


@pytest.mark.parametrize(
    ("given", "title"),
    [
        (facts(declared="3.11"), "The project asks for Python 3.11; Pond has Python 3.12, 3.13 and 3.14."),
        (facts(declared=">=3.15"), "The project asks for Python >=3.15; Pond has Python 3.12, 3.13 and 3.14."),
        (facts(django=">=3.15"), "Django 6.0.1 needs Python >=3.15; Pond has Python 3.12, 3.13 and 3.14."),
    ],
)
def test_where_none_fits_it_stops(given: ProjectFacts, title: str) -> None:
    choice = choose_python(given, supported=OFFERED, platform="Pond")
    assert choice.version in OFFERED
    assert choice.finding is not None
    assert (choice.finding.level, choice.finding.title) == (Level.BLOCKER, title)


def test_a_platform_with_one_version_is_no_special_case() -> None:
    assert choose_python(facts(), supported=["3.13"]).finding is None
    choice = choose_python(facts("3.12.1"), supported=["3.13"])
    assert choice.finding is not None
    assert choice.finding.why.startswith("The platform has Python 3.13.")
