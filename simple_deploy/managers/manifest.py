"""What a manager's own file declares: the same for pyproject.toml, with and without Poetry, and for Pipfile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One declared package.

    :param name: canonical name.
    :param text: the line of a requirements file that means the same.
    :param group: the named group it stands in; None for what is always installed.
    :param optional: it is installed only when an extra of the project asks for it.
    """

    name: str
    text: str
    group: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """
    :param problems: what could not be read, as sentences.
    :param python: the range of Python versions it asks for, in PEP 440, or empty.
    :param complete: False when it brings packages that cannot be told from the file.
    """

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    python: str = ""
    complete: bool = True

    @property
    def groups(self) -> frozenset[str]:
        """The named groups that hold something."""
        return frozenset(entry.group for entry in self.entries if entry.group is not None)

    def names(self, group: str | None = None) -> frozenset[str]:
        """What is installed together with *group*: that is in it, or in no group at all."""
        return frozenset(entry.name for entry in self.entries if entry.group in (None, group) and not entry.optional)


def table(data: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """The table at *path*, empty where there is none."""
    value: Any = data
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, dict) else {}


def keys_of(names: Iterable[str], packages: Iterable[str]) -> list[str]:
    """Those of *names*, as they are written, that mean one of *packages*."""
    wanted = {canonicalize_name(package) for package in packages}
    return [name for name in names if canonicalize_name(name) in wanted]
