"""What an inspection says about a project."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(str, Enum):
    """How much a finding weighs. A deploy-blocker stops deploying, not configuring: it is about the account, or a
    program that only deploying needs. A blocker stops both."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    DEPLOY_BLOCKER = "deploy-blocker"
    BLOCKER = "blocker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One inspection result.

    :param id: stable name, for example ``git.no-repository``.
    :param title: one line: what was found.
    :param why: why it matters for a deployment.
    :param fix: what to do about it; empty when nothing has to be done.
    :param docs: an address with more, or None.
    :param fix_name: what the tool offers to do about it at the press of a button, or None.
    :param details: further lines, for example file names or a program's own words.
    """

    id: str
    level: Level
    title: str
    why: str = ""
    fix: str = ""
    docs: str | None = None
    fix_name: str | None = None
    details: tuple[str, ...] = ()


#: What should be read before deciding.
PRESSING = frozenset({Level.WARNING, Level.DEPLOY_BLOCKER, Level.BLOCKER})

_ORDER = {level: number for number, level in enumerate(reversed(Level))}


def by_weight(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, blockers first, otherwise in their own order."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.level]))


def blockers(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that stop planning, and with it everything else."""
    return tuple(finding for finding in findings if finding.level is Level.BLOCKER)


def slug(text: str) -> str:
    """*text* as part of the id of a finding or a fix."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def deploy_blockers(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that stop a deployment: blockers and deploy-blockers."""
    return tuple(finding for finding in findings if finding.level in {Level.DEPLOY_BLOCKER, Level.BLOCKER})
