"""Checks installed platforms without pytest, and says in prose what they lack."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

from simple_deploy.core.facts import Dependencies, ProjectFacts
from simple_deploy.platforms.base import Platform
from simple_deploy.testkit.contract import problems_of
from simple_deploy.testkit.facts import make_facts

_FILES = MappingProxyType({"requirements": "requirements.txt", "pip-tools": "requirements.in", "pipenv": "Pipfile"})
_OLD = datetime.timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found out about one platform.

    :param tried: how many kinds of project it planned for.
    :param problems: rules of the contract that it breaks, each with the kinds of project in which it does.
    :param missing: what it could offer and does not; nothing is broken by that.
    """

    platform: str
    tried: int
    problems: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]


def check_platform(
    platform: Platform, *, given: Mapping[str, object] | None = None, results: Mapping[str, str] | None = None
) -> Report:
    """Check the contract for every kind of project that the platform's card names.

    :param given: answers to options that have no default.
    :param results: what the platform's calls return in a deployment.
    """
    kinds = dict(_kinds(platform))
    problems: dict[str, tuple[str, ...]] = {}
    for kind, facts in kinds.items():
        for problem in problems_of(platform, facts, given=given or {}, results=results or {}):
            problems[problem] = (*problems.get(problem, ()), kind)
    return Report(platform=platform.card.name, tried=len(kinds), problems=problems, missing=tuple(_missing(platform)))


def sentences(report: Report) -> Iterator[str]:
    """*Report* as lines for a person."""
    count = len(report.problems)
    if count:
        yield f"{report.platform} breaks {count} {'rule' if count == 1 else 'rules'} of the contract:"
    else:
        yield f"{report.platform} keeps to the contract, in {report.tried} kinds of project."
    for problem, kinds in report.problems.items():
        where = "" if len(kinds) == report.tried else f" (only with {'; '.join(kinds)})"
        yield f"  - {problem}{where}"
    if any("given=" in problem or "results=" in problem for problem in report.problems):
        yield "  Here, --answer NAME=VALUE stands for given=, and --result NAME=VALUE for results=."
    for sentence in report.missing:
        yield f"  · {sentence}"


def _kinds(platform: Platform) -> Iterator[tuple[str, ProjectFacts]]:
    usual = make_facts()
    for manager, layout in product(platform.card.managers, platform.card.layouts):
        file = _FILES.get(manager, "pyproject.toml")
        facts = replace(usual, dependencies=Dependencies(manager=manager, file=file, files=(file,)))
        yield f"{manager}, {layout}", facts if layout == "flat" else _nested(facts)


def _nested(facts: ProjectFacts) -> ProjectFacts:
    settings = facts.settings and replace(facts.settings, file=f"web/{facts.settings.file}")
    return replace(facts, settings=settings, location=replace(facts.location, project_dir="web"))


def _missing(platform: Platform) -> Iterator[str]:
    card = platform.card
    if card.automated and platform.simulation is None and card.needs_account:
        yield "Nobody can rehearse it without an account: it has no `simulation`."
    if not card.links:
        yield "Its card links to no page of the platform's documentation."
    if datetime.date.today() - card.checked > _OLD:
        yield f"Its facts were last checked on {card.checked}, more than a year ago."
    for operation, use in (("status", "how the site is doing"), ("logs", "what the site logged")):
        if card.automated and operation not in platform.operations:
            yield f"Nobody sees {use}: `operations` lacks “{operation}”."
