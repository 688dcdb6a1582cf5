"""Which Python the project asks for."""

from __future__ import annotations

import re
from pathlib import Path

from simple_deploy.core.facts import Location
from simple_deploy.system import plainfiles

_LARGEST = 64 * 1024  # bytes
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
    return plainfiles.text(path, _LARGEST).partition("\n")[0][:200].strip()
