"""Which Django the deployed site gets: the one that the project declares, not the one that is installed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from simple_deploy.core.facts import Declared, Dependencies
from simple_deploy.edits import pythons
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import pins, piptools
from simple_deploy.managers.load import lock_data, text_of

#: The oldest Python of each series: docs.djangoproject.com, "What Python version can I use with Django?"
_PYTHONS: Mapping[str, str] = MappingProxyType(
    {
        "4.2": ">=3.8",
        "5.0": ">=3.10",
        "5.1": ">=3.10",
        "5.2": ">=3.10",
        "6.0": ">=3.12",
        "6.1": ">=3.12",
    }
)
_NEVER = "99.0"  # newer than any Django
_PATCHES = 50  # more than any series has had


def of_site(root: Path, found: Dependencies, installed: str) -> str:
    """The version that is locked or pinned, else *installed* where the declared range holds it, else the newest series
    (``4.2``) that the range allows, or its oldest version where it has no upper end. *installed* where nothing is
    declared.

    :param installed: version of the Django here.
    """
    wanted = _both(_range(found.declared), _range(found.constrained))
    allowed = [version for version in _locked(root, found) if wanted is None or pythons.contains(str(wanted), version)]
    if allowed:
        return installed if installed in allowed else max(allowed, key=Version)
    if wanted is None:
        return installed
    exact = next((each.version for each in wanted if each.operator in ("==", "===") and "*" not in each.version), "")
    if exact or (installed and pythons.contains(str(wanted), installed)):
        return exact or installed
    return _newest_series(wanted) or _oldest(wanted) or installed


def pythons_of(version: str, installed: str, requires_python: str) -> str:
    """The Pythons that Django *version* runs on, or empty where that is not known.

    :param requires_python: those of the *installed* one.
    """
    series = pythons.series(version)
    return requires_python if series == pythons.series(installed) else _PYTHONS.get(series, "")


def _range(declared: Iterable[Declared]) -> SpecifierSet | None:
    """The declared range of Django; the one for this computer where there are several. None where none can be read."""
    found = []
    for entry in declared:
        if entry.name == "django":
            with suppress(InvalidRequirement):
                found.append(Requirement(entry.text))
    here = [each for each in found if each.marker is None or each.marker.evaluate()]
    chosen = next(iter(here or found), None)
    return None if chosen is None or chosen.url else chosen.specifier


def _both(declared: SpecifierSet | None, constrained: SpecifierSet | None) -> SpecifierSet | None:
    if declared is None or constrained is None:
        return constrained if declared is None else declared
    return declared & constrained


def _locked(root: Path, found: Dependencies) -> list[str]:
    if found.lock is None:
        return []
    path = root / found.lock
    try:
        pip_tools = found.manager == "pip-tools"
        versions = piptools.versions(text_of(path)) if pip_tools else pins.versions(lock_data(path))
    except EditError:
        return []
    return [version for version in versions.get("django", ()) if _is_version(version)]


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _newest_series(wanted: SpecifierSet) -> str:
    """Since 2.0 Django has three series of each number. Empty where the range has no upper end."""
    if wanted.contains(_NEVER):
        return ""
    series = (*(f"{number}.{minor}" for number in range(20, 1, -1) for minor in (2, 1, 0)), "1.11")
    return next((each for each in series if any(wanted.contains(f"{each}.{patch}") for patch in range(_PATCHES))), "")


def _oldest(wanted: SpecifierSet) -> str:
    return next((each.version for each in wanted if each.operator in (">=", "~=", ">")), "")
