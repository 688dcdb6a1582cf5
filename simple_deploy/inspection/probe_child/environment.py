"""The packages that are installed in the project's environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from importlib import metadata

_SUFFIXES = (".py", ".pyd", ".so")


def describe() -> list[dict[str, object]]:
    """Each installed distribution: its name and version, what it requires, the modules it brings along."""
    found: dict[str, dict[str, object]] = {}
    for distribution in metadata.distributions():
        try:
            head = _head(distribution)
        except Exception:  # a broken installation is as good as none
            continue
        name = head["Name"]
        # The first one on the import path is the one that counts.
        if not name or _canonical(name) in found:
            continue
        found[_canonical(name)] = {
            "name": name,
            "version": head["Version"],
            "requires": _requires(distribution, head),
            "requires_python": str(head["Requires-Python"] or ""),
            "modules": sorted(set(_modules(distribution))),
            "origin": distribution.read_text("direct_url.json") or "",
        }
    return list(found.values())


def _head(distribution: metadata.Distribution) -> Message:
    """The fields of its metadata. ``Distribution.metadata`` reads the long description too, each time it is asked."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or distribution.read_text("")
    return message_from_string((text or "").partition("\n\n")[0])


def _requires(distribution: metadata.Distribution, head: Message) -> list[str]:
    declared = head.get_all("Requires-Dist")
    if declared is None and distribution.read_text("requires.txt"):  # as setuptools wrote it once
        declared = distribution.requires
    return list(declared or ())


def _modules(distribution: metadata.Distribution) -> Iterator[str]:
    """Top-level modules. ``metadata.packages_distributions`` does not know those of many packages on Python 3.10."""
    declared = distribution.read_text("top_level.txt")
    if declared:
        yield from declared.split()
        return
    for row in (distribution.read_text("RECORD") or "").splitlines():
        path = row.partition(",")[0]
        first, _, rest = path.partition("/")
        name = first if rest else first.partition(".")[0]
        if path.endswith(_SUFFIXES) and name.isidentifier():
            yield name


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
