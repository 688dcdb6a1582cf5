"""Settings that a public site needs to be other ones, and that a plugin writes nothing about.

The inspection says of each that the plan sets it, which holds for the platforms of this tool.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from simple_deploy.api import Finding, Level, ProjectFacts
from simple_deploy.core.facts import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """:param is_open: whether the project leaves it to the deployment. :param found: that, in words."""

    name: str
    is_open: Callable[[Settings], bool]
    found: str
    why: str
    fix: str


_VARIABLE = "Read it from a variable, as in {}, and give the site that variable with the platform's own program."

_NEEDED = (
    Needed(
        name="DEBUG",
        is_open=lambda settings: settings.debug,
        found="DEBUG is on",
        why="A public site shows its code to everyone then.",
        fix='Read it from a variable that only this computer has: DEBUG = os.environ.get("DEBUG", "") == "True"',
    ),
    Needed(
        name="SECRET_KEY",
        is_open=lambda settings: settings.secret_key_in_source,
        found="SECRET_KEY is hard-coded",
        why="Whoever knows it can forge logins, and the deployed site uses the one in your source.",
        fix=_VARIABLE.format('SECRET_KEY = os.environ["SECRET_KEY"]'),
    ),
    Needed(
        name="ALLOWED_HOSTS",
        is_open=lambda settings: not any(settings.allowed_hosts) and settings.knows("allowed_hosts"),
        found="ALLOWED_HOSTS is empty",
        why="With DEBUG off Django answers only to the names in it.",
        fix=_VARIABLE.format('ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "").split()'),
    ),
    Needed(
        name="STATIC_ROOT",
        is_open=lambda settings: not settings.static_root and settings.knows("static_root"),
        found="STATIC_ROOT is not set",
        why="With DEBUG off Django does not serve static files itself; they are collected into this folder.",
        fix='Set it: STATIC_ROOT = BASE_DIR / "staticfiles"',
    ),
)


def named(text: str) -> tuple[str, ...]:
    """Those of the settings that *text* names."""
    return tuple(each.name for each in _NEEDED if re.search(rf"\b{each.name}\b", text))


def findings(facts: ProjectFacts, written: Collection[str], plugin: str) -> Iterator[Finding]:
    """Of each setting that is not among the *written* ones, in the place of what the inspection says of it."""
    settings = facts.settings
    if settings is None:
        return
    for each in _NEEDED:
        if each.name not in written and each.is_open(settings):
            yield Finding(
                id=f"settings.{each.name.lower().replace('_', '-')}",
                level=Level.WARNING,
                title=f"{each.found}, and nothing that {plugin} shows changes that.",
                why=each.why,
                fix=each.fix,
            )
