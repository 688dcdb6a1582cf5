"""Whether a change to a manager's file, or to its lock, does nothing but add one package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.utils import canonicalize_name

from simple_deploy.edits.errors import EditError
from simple_deploy.managers import pep621, pins
from simple_deploy.managers.detect import LOCKS
from simple_deploy.managers.load import data_of

MANIFESTS = frozenset({"pyproject.toml", "Pipfile"})


def only_adds(path: str, before: str, after: str, package: str) -> bool | None:
    """Whether *after* is *before* with *package*; None where the file is none of a manager's.

    :param path: of the file; its name says what it is.
    :param package: canonical name.
    """
    name = path.rpartition("/")[2]
    if name not in MANIFESTS and name not in LOCKS:
        return None
    try:
        old, new = data_of(name, before), data_of(name, after)
    except EditError:
        return False
    if name in MANIFESTS:
        return bool(_without(old, package) == _without(new, package))
    locked, now = pins.versions(old), pins.versions(new)
    # What the package needs is locked with it; what was locked before has to be the same.
    return package in now and all(now.get(each) == versions for each, versions in locked.items())


def _without(value: Any, package: str) -> Any:
    """*value* without *package* wherever it is asked for, and without what holds nothing then."""
    if isinstance(value, list):
        return [
            _without(each, package) for each in value if not (isinstance(each, str) and pep621.name_of(each) == package)
        ]
    if isinstance(value, Mapping):
        kept = {key: _without(each, package) for key, each in value.items() if canonicalize_name(key) != package}
        return {key: each for key, each in kept.items() if each or each is False or each == 0}
    return value
