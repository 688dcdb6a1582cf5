"""How much work tests are, so that the longest begin first and a landing is as long as it may be.

The seconds are those of a processor: a test's own and those of the programs that it waited for. That is the same on a
busy computer as on an idle one. tests/durations.txt holds them; `--measure` writes what a run has measured into it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pytest

TABLE = Path(__file__).parents[1] / "durations.txt"

#: Seconds of a slow test that nobody has measured yet: many, so that a landing takes no more of these than its share.
UNKNOWN = 20.0

_HEAD = """\
# Seconds of work of the tests: of each module's quick tests together, and of each slow test (of one parametrization).
# After a test with a loop: how many of its turns a landing takes, which is what the seconds are for, and how many it
# has. Written by `python3 run.py test --all --measure` (or --landing, or names of files).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """:param seconds: of a landing's share. :param share: turns of its loop that a landing takes; 1 without a loop.
    :param whole: turns the loop has."""

    seconds: float
    share: int = 1
    whole: int = 1

    @property
    def seconds_of_all(self) -> float:
        return self.seconds * self.whole / self.share


def name_of(item: pytest.Item) -> str:
    """Under which name the work of a test is kept."""
    if item.get_closest_marker("slow") is None:
        return item.nodeid.partition("::")[0]
    return item.nodeid.partition("[")[0]


def read(file: Path = TABLE) -> dict[str, Duration]:
    if not file.is_file():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(map(_parsed, (line for line in lines if line and not line.startswith("#"))))


def _parsed(line: str) -> tuple[str, Duration]:
    seconds, name, *loop = line.split()
    share, whole = map(int, loop[0].split("/")) if loop else (1, 1)
    return name, Duration(seconds=float(seconds), share=share, whole=whole)


def write(measured: Mapping[str, Duration], known: Mapping[str, Duration], file: Path = TABLE) -> None:
    """Write what was measured, and what was *known* of others."""
    rows = sorted({**known, **measured}.items())
    loops = [f" {each.share}/{each.whole}" if each.whole > 1 else "" for _, each in rows]
    lines = [f"{each.seconds:.1f} {name}{loop}\n" for (name, each), loop in zip(rows, loops, strict=True)]
    file.write_text(_HEAD + "".join(lines), encoding="utf-8")


def seconds_of(
    items: Collection[pytest.Item], table: Mapping[str, Duration], *, whole: bool
) -> dict[pytest.Item, float]:
    """The work of each test, by what is known; a module's quick tests are taken to be alike.

    :param whole: with loops as long as they are, rather than with a landing's share of them.
    """
    alike: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        alike[name_of(item)].append(item)
    found = {}
    for name, members in alike.items():
        slow = "::" in name
        known = table.get(name, Duration(seconds=UNKNOWN if slow else 0.0))
        seconds = known.seconds_of_all if whole else known.seconds
        found.update(dict.fromkeys(members, seconds if slow else seconds / len(members)))
    return found


@dataclass(kw_only=True)
class Measured:
    """What one process has measured under a name.

    :param turns: of loops, that were taken. :param share: that a landing takes. :param whole: that there are.
    """

    seconds: float = 0.0
    tests: int = 0
    turns: int = 0
    share: int = 0
    whole: int = 0

    def add(self, other: Measured) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def duration(self, name: str) -> Duration:
        """The mean of a slow test, the sum of a module's quick ones."""
        tests = self.tests if "::" in name else 1
        if not self.turns:
            return Duration(seconds=self.seconds / tests)
        share = max(1, round(self.share / self.tests))
        seconds = self.seconds / tests * self.share / self.turns
        return Duration(seconds=seconds, share=share, whole=max(share, round(self.whole / self.tests)))


class Meter:
    """Adds up the work of the tests of one process, and of others that say what they measured."""

    def __init__(self) -> None:
        self.measured: dict[str, Measured] = defaultdict(Measured)

    @contextmanager
    def measuring(self, name: str) -> Iterator[None]:
        before = _work()
        try:
            yield
        finally:
            self.measured[name].add(Measured(seconds=_work() - before, tests=1))

    def loop(self, name: str, *, turns: int, share: int, whole: int) -> None:
        self.measured[name].add(Measured(turns=turns, share=share, whole=whole))

    def data(self) -> dict[str, dict[str, Any]]:
        """What was measured, as plain values, which a worker of pytest-xdist can send."""
        return {name: asdict(each) for name, each in self.measured.items()}

    def add(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        for name, each in data.items():
            self.measured[name].add(Measured(**each))

    def durations(self) -> dict[str, Duration]:
        return {name: each.duration(name) for name, each in self.measured.items() if each.tests}


def _work() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
