"""The packages that are installed in the project's environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

_SUFFIXES = (".py", ".pyd", ".so")


def describe() -> list[dict[str, object]]:
    """Each installed distribution: its name and version, what it requires, the modules it brings along."""
    found: dict[str, dict[str, object]] = {}
    for distribution in metadata.distributions():
        try:
            name = distribution.metadata["Name"]
        except Exception:  # a broken installation is as good as none
            continue
        # The first one on the import path is the one that counts.
        if not name or _canonical(name) in found:
            continue
        found[_canonical(name)] = {
            "name": name,
            "version": distribution.version,
            "requires": list(distribution.requires or ()),
            "requires_python": str(distribution.metadata["Requires-Python"] or ""),
            "modules": sorted(set(_modules(distribution))),
            "origin": distribution.read_text("direct_url.json") or "",
        }
    return list(found.values())


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
