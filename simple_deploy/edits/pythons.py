"""Versions of Python, and the ranges of them that projects and packages ask for."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_PATCHES = 50  # more than any version of Python has had


def allows(wanted: str, version: str) -> bool:
    """Whether *version* of Python is one the project asks for; True when that cannot be told.

    :param wanted: ``3.12``, which every 3.12 satisfies, or a range such as ``>=3.10``.
    """
    text = f"=={wanted}.*" if re.fullmatch(r"\d+(\.\d+)?", wanted) else wanted
    if re.fullmatch(r"\d+\.\d+\.\d+", wanted):
        text = f"=={wanted}"
    return contains(text, version)


def allows_some(wanted: str, series: str) -> bool:
    """Whether there is a version of *series*, such as ``3.13``, that *wanted* allows; True when that cannot be told."""
    return any(allows(wanted, f"{series}.{patch}") for patch in range(_PATCHES))


def contains(specifier: str, version: str) -> bool:
    """Whether a PEP 440 range holds *version*; True when one of them cannot be read."""
    try:
        return SpecifierSet(_without_caret(specifier)).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def same(one: str, other: str) -> bool:
    """Whether two PEP 440 ranges allow the same versions, however each is written; by their text if one is not read."""
    try:
        bounds = [Version(each.version.removesuffix(".*")) for each in (*SpecifierSet(one), *SpecifierSet(other))]
    except (InvalidSpecifier, InvalidVersion):
        return one == other
    # What a range says of a version changes at these only, so that one of each stretch in between is asked.
    changes = {version for bound in bounds for version in (bound.public, *_following(bound))}
    return all(contains(one, version) == contains(other, version) for version in ("0", *changes))


def series(version: str) -> str:
    """``3.13`` out of ``3.13.2``, of ``3.13.0rc1`` and of ``3.13``; empty where *version* does not name so much."""
    found = re.match(r"\d+\.\d+(?![.\d]*[*])", version)
    return found[0] if found else ""


def nearest(versions: list[str], to: str) -> str:
    """The oldest of *versions* that is not older than *to*, else the newest. *versions* are of the form ``3.13``."""
    ordered = sorted(versions, key=Version)
    return next((each for each in ordered if Version(each) >= Version(to)), ordered[-1])


def _following(version: Version) -> tuple[str, str, str]:
    """The next patch, the next series and the next major version."""
    return (
        f"{version.major}.{version.minor}.{version.micro + 1}",
        f"{version.major}.{version.minor + 1}.0",
        f"{version.major + 1}.0.0",
    )


def _without_caret(specifier: str) -> str:
    """Poetry's ``^3.10`` in the language of PEP 440."""
    found = re.fullmatch(r"\^(\d+)\.(\d+)(?:\.\d+)?", specifier.strip())
    return f">={specifier.strip()[1:]},<{int(found[1]) + 1}" if found else specifier
