"""Which Python a site is deployed with, where the platform has one person choose. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.version import Version

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.edits import pythons


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonChoice:
    """The Python a site is deployed with.

    :param version: such as ``3.13``; one of those that were offered.
    :param reason: why this one, as a sentence.
    :param finding: what the person has to know about it, for the plan's findings; a blocker where none fits.
    """

    version: str
    reason: str
    finding: Finding | None = None


def choose_python(facts: ProjectFacts, *, supported: Sequence[str], platform: str = "The platform") -> PythonChoice:
    """The Python to deploy the project with.

    It is one that Django and the project's own range (``requires-python``, Pipfile, Poetry) allow: the version in
    ``.python-version`` or ``runtime.txt``, else the one the project runs on here, else the nearest newer one.

    :param supported: the versions the platform offers, such as ``("3.13", "3.14")``, in any order.
    :param platform: its name, for the texts.
    """
    offered = sorted(set(supported), key=Version)
    here = pythons.series(facts.host.python)
    has = f"{platform} has Python {_listed(offered)}"
    fit_django = [each for each in offered if pythons.allows_some(facts.django_python, each)]
    fit = [each for each in fit_django if pythons.allows_some(facts.python_range, each)]
    if not fit:
        return _none(facts, has, pythons.nearest(fit_django or offered, here), for_django=not fit_django)
    pinned = pythons.series(facts.python_wanted or "") if _is_version(facts.python_wanted) else ""
    wanted = pinned or here
    if wanted in fit:
        return PythonChoice(version=wanted, reason=_reason(facts, pinned))
    version = pythons.nearest(fit, wanted)
    what = f"The project asks for Python {facts.python_wanted}" if pinned else f"Here the project runs on Python {here}"
    return PythonChoice(
        version=version,
        reason=f"{what}, and {has}.",
        finding=Finding(
            id="python.other-version",
            level=Level.WARNING,
            title=f"{what}; the deployed site runs on {version}.",
            why=f"{has}. Code that works on one version may not work on another.",
            fix=f"Try the project with Python {version} before people use the site.",
        ),
    )


def _none(facts: ProjectFacts, has: str, version: str, *, for_django: bool) -> PythonChoice:
    """That no version fits; *version* is the least bad one."""
    if for_django:
        title = f"Django {facts.site_django} needs Python {facts.django_python}; {has}."
        fix = "Use a version of Django that runs there, or another platform."
    else:
        title = f"The project asks for Python {facts.python_range}; {has}."
        fix = (
            f"Widen the range where it is declared (requires-python, Pipfile, Poetry's python) so that it holds "
            f"{version}, and try the project with that version."
        )
    finding = Finding(
        id="python.none-fits",
        level=Level.BLOCKER,
        title=title,
        why="The packages would not install there.",
        fix=fix,
    )
    return PythonChoice(version=version, reason=title, finding=finding)


def _reason(facts: ProjectFacts, pinned: str) -> str:
    if pinned:
        return f"The project asks for Python {facts.python_wanted}."
    fits = f", and {facts.python_range} allows it" if facts.python_range else ""
    return f"The project runs on Python {pythons.series(facts.host.python)} here{fits}."


def _is_version(wanted: str | None) -> bool:
    return re.fullmatch(r"\d+\.\d+(\.\d+)?", wanted or "") is not None


def _listed(versions: Sequence[str]) -> str:
    *others, last = versions
    return f"{', '.join(others)} and {last}" if others else last
