"""Findings about what the project needs beside its web process, whatever the platform."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from simple_deploy.core.facts import ProjectFacts, Settings
from simple_deploy.core.findings import Finding, Level

_KINDS = {"redis": "Redis", "memcached": "Memcached", "rabbitmq": "RabbitMQ", "search": "a search server"}
_NAMES_A_PLACE = re.compile(r"(?i)ur[il]|host|addr|port|server|broker|location|node|endpoint")


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    settings = facts.settings
    if settings is None:
        return
    yield from _processes(settings)
    yield from _services(settings)
    if settings.websockets:
        yield Finding(
            id="settings.websockets",
            level=Level.INFO,
            title="The project answers WebSockets.",
            why="WebSockets need the project's ASGI application. If the platform supports it, it serves the site with "
            "that.",
        )


def _processes(settings: Settings) -> Iterator[Finding]:
    if not settings.processes:
        return
    titles = dict.fromkeys(each.title for each in settings.processes)
    yield Finding(
        id="settings.processes",
        level=Level.INFO,
        title=f"Runs beside the site: {', '.join(titles)}.",
        why="A web server does not start any of this: tasks would wait, and scheduled work would not run. The plan "
        "says what the platform does about it.",
        docs=next((each.docs for each in settings.processes if each.docs), None),
        details=tuple(
            f"{each.title}: "
            + (shlex.join(each.command) if each.command else "how it is started cannot be told")
            + (f" (at {each.schedule})" if each.schedule else "")
            for each in settings.processes
        ),
    )


def _services(settings: Settings) -> Iterator[Finding]:
    here = [each for each in settings.services if each.local]
    if here:
        kinds = dict.fromkeys(_KINDS.get(each.kind, "a server") for each in here)
        names = ", ".join(dict.fromkeys(each.setting for each in here))
        yield Finding(
            id="settings.services-here",
            level=Level.WARNING,
            title=f"{names} {'name' if ',' in names else 'names'} {', '.join(kinds)} on this computer or in its "
            "containers.",
            why="The deployed site cannot reach it. Pages that use it fail there with a connection error.",
            fix=f"{_address(settings, frozenset(each.setting for each in here))} The plan says what the platform "
            "offers and how the site will use it.",
            details=tuple(f"{each.setting}: {_KINDS.get(each.kind, 'a server')}" for each in here),
        )
    elif settings.cache_backend.endswith(("RedisCache", "MemcacheCache", "PyLibMCCache")):
        yield Finding(
            id="settings.cache",
            level=Level.INFO,
            title="The cache is a server of its own: " + settings.cache_backend.rsplit(".", 1)[-1],
            why="The deployed site needs to reach one too; most platforms offer one, some for a fee.",
        )


def _address(settings: Settings, named: frozenset[str]) -> str:
    """How the site gets another address for the settings *named*."""
    uses = settings.variable_uses
    deciding = [use.name for use in uses if named.intersection(use.sets) or use.name == "REDIS_URL"]
    # Others, such as a prefix of keys, belong to the same settings.
    deciding = [name for name in deciding if _NAMES_A_PLACE.search(name)] or deciding
    if deciding:
        return (
            f"The settings read it from {', '.join(deciding)}: give the site that variable, with an address that it "
            "can reach."
        )
    return "Read the address from a variable of the site, for example REDIS_URL."
