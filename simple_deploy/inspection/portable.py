"""Declared packages that exist on one operating system only, as `pip freeze` lists them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.core.facts import Declared, Dependencies
from simple_deploy.core.known_failures import freeze
from simple_deploy.edits import textfile
from simple_deploy.managers import requirements

#: Name of the fix.
FIX = "portable-requirements"

_SYSTEMS = ("platform", "os_name")


def unusable(found: Dependencies) -> tuple[Declared, ...]:
    """Parts of an operating system, which no index has."""
    return tuple(entry for entry in found.declared if entry.name in freeze.NOWHERE)


def unmarked(found: Dependencies) -> dict[Declared, str]:
    """Packages of one operating system that are asked for on every one, and the marker that leaves them out."""
    return {
        entry: only[1]
        for entry in found.declared
        if (only := freeze.only_on(entry.name)) and not any(word in entry.text.partition(";")[2] for word in _SYSTEMS)
    }


def in_lists(found: Dependencies) -> bool:
    """Whether all of them stand in requirements files, and as lines that can be changed."""
    entries = (*unusable(found), *unmarked(found))
    # A line with another marker is left to people.
    return all(entry.line and not entry.file.endswith(".toml") and ";" not in entry.text for entry in entries)


def files(found: Dependencies) -> Iterator[str]:
    """The files that list any of them."""
    yield from dict.fromkeys(entry.file for entry in (*unusable(found), *unmarked(found)))


def changed(before: bytes, found: Dependencies) -> bytes:
    """The bytes of a requirements file that can be installed on every system.

    :raises EditError: *before* is no text.
    """
    file = textfile.decode(before)
    text = requirements.remove(file.text, [entry.name for entry in unusable(found)])
    markers = {entry.name: marker for entry, marker in unmarked(found).items()}
    return file.encode(requirements.with_markers(text, markers))
