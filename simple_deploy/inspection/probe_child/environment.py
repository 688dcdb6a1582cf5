"""The packages that are installed in the project's environment."""

from __future__ import annotations

import re
from importlib import metadata


def describe() -> list[dict[str, object]]:
    """Each installed distribution: its name and version, what it requires, the modules it brings along."""
    modules: dict[str, list[str]] = {}
    for module, names in metadata.packages_distributions().items():
        for name in names:
            modules.setdefault(_canonical(name), []).append(module)
    found: dict[str, dict[str, object]] = {}
    for distribution in metadata.distributions():
        try:
            name = distribution.metadata["Name"]
        except Exception:  # a broken installation is as good as none
            continue
        if not name or _canonical(name) in found:
            continue
        found[_canonical(name)] = {
            "name": name,
            "version": distribution.version,
            "requires": list(distribution.requires or ()),
            "requires_python": str(distribution.metadata["Requires-Python"] or ""),
            "modules": sorted(set(modules.get(_canonical(name), ()))),
            "origin": distribution.read_text("direct_url.json") or "",
        }
    return list(found.values())


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
