"""Which Python the project asks for."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

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


def allows(wanted: str, version: str) -> bool:
    """Whether *version* of Python is one the project asks for; True when that cannot be told.

    :param wanted: ``3.12``, which every 3.12 satisfies, or a range such as ``>=3.10``.
    """
    text = f"=={wanted}.*" if re.fullmatch(r"\d+(\.\d+)?", wanted) else wanted
    if re.fullmatch(r"\d+\.\d+\.\d+", wanted):
        text = f"=={wanted}"
    return contains(text, version)


def contains(specifier: str, version: str) -> bool:
    """Whether a PEP 440 range holds *version*; True when one of them cannot be read."""
    try:
        return SpecifierSet(_without_caret(specifier)).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _without_caret(specifier: str) -> str:
    """Poetry's ``^3.10`` in the language of PEP 440."""
    found = re.fullmatch(r"\^(\d+)\.(\d+)(?:\.\d+)?", specifier.strip())
    return f">={specifier.strip()[1:]},<{int(found[1]) + 1}" if found else specifier


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.readline(200).strip()
    except OSError:
        return ""
