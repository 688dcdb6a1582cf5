"""Which locked packages a project needs, and where, for locks that keep only which package needs which."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_MOST_WAYS = 32
"""Ways to one package that are kept apart; with more it is installed everywhere."""

_MOST_STEPS = 100_000
"""After these, markers are not looked at any more, so that it ends for every lock."""

#: Markers that hold together.
_Way = frozenset[str]
_EVERYWHERE: _Way = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """That a package is needed.

    :param name: canonical.
    :param ranges: PEP 440 ranges one of which has its version; none where any will do.
    :param marker: where it is needed; empty for everywhere.
    """

    name: str
    extras: frozenset[str] = frozenset()
    ranges: tuple[str, ...] = ()
    marker: str = ""

    def fits(self, version: str) -> bool:
        try:
            found = Version(version)
            return not self.ranges or any(SpecifierSet(each).contains(found, prereleases=True) for each in self.ranges)
        except (InvalidSpecifier, InvalidVersion):
            return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A locked package.

    :param line: the requirement that installs just this.
    :param extras: what each of its extras needs besides.
    :param with_extras: the extras this entry is for, where a lock has one for the package and one for each extra.
    """

    name: str
    version: str
    line: str
    edges: tuple[Edge, ...] = ()
    extras: Mapping[str, tuple[Edge, ...]] = field(default_factory=dict)
    with_extras: frozenset[str] = frozenset()


def reachable(packages: Sequence[Package], roots: Iterable[Edge]) -> list[tuple[Package, tuple[str, ...]]]:
    """The packages that *roots* need, and for each the markers one of which holds where it is needed."""
    by_name: dict[str, list[int]] = {}
    for index, package in enumerate(packages):
        by_name.setdefault(package.name, []).append(index)
    # By entry and extra; the entry itself counts as the extra "".
    ways: dict[int, dict[str, set[_Way]]] = {}
    pending: deque[tuple[Edge, _Way]] = deque((edge, _EVERYWHERE) for edge in roots)
    for step in count():
        if not pending:
            break
        edge, before = pending.popleft()
        way = before | {edge.marker} if edge.marker else before
        way = way if step < _MOST_STEPS else _EVERYWHERE
        for index in _meant(packages, by_name.get(edge.name, ()), edge):
            package = packages[index]
            for extra in ("", *(edge.extras & package.extras.keys())):
                news = _added(ways.setdefault(index, {}).setdefault(extra, set()), way)
                if news is not None:
                    pending.extend((each, news) for each in (package.extras[extra] if extra else package.edges))
    return [(packages[index], _markers(found[""])) for index, found in sorted(ways.items())]


def _meant(packages: Sequence[Package], candidates: Iterable[int], edge: Edge) -> list[int]:
    """Those of *candidates*, entries for one name, that *edge* means."""
    found = [index for index in candidates if packages[index].with_extras <= edge.extras]
    return [index for index in found if edge.fits(packages[index].version)] or found


def _added(known: set[_Way], way: _Way) -> _Way | None:
    """Add *way* to those *known*; returns what is new, or None when one of them holds wherever it does."""
    if any(each <= way for each in known):
        return None
    known -= {each for each in known if way <= each}
    if len(known) == _MOST_WAYS:
        known.clear()
        way = _EVERYWHERE
    known.add(way)
    return way


def _markers(ways: Iterable[_Way]) -> tuple[str, ...]:
    return tuple(sorted(" and ".join(f"({each})" if " or " in each else each for each in sorted(way)) for way in ways))
