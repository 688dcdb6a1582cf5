"""Which Python the project asks for."""

from __future__ import annotations

import re
from pathlib import Path

from simple_deploy.core.facts import Location

_VERSION = re.compile(r"(?:python-?|cpython-?)?(\d+(?:\.\d+){0,2})$")


def wanted(location: Location, declared: str) -> str | None:
    """The version in ``.python-version`` or ``runtime.txt``, else the range a pyproject.toml declares, as written."""
    for folder in dict.fromkeys((location.folder, location.root)):
        for name in (".python-version", "runtime.txt"):
            found = _VERSION.match(_first_line(folder / name))
            if found:
                return found[1]
    return declared or None


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.readline(200).strip()
    except OSError:
        return ""
