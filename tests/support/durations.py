"""How much work tests are, so that the longest begin first and a landing is as long as it may be.

The seconds are those of a processor: a test's own and those of the programs that it waited for. That is the same on a
busy computer as on an idle one. tests/durations.txt holds them; `--measure` writes what a run has measured into it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

TABLE = Path(__file__).parents[1] / "durations.txt"

#: Seconds of a slow test that nobody has measured yet: many, so that a landing takes no more of these than its share.
UNKNOWN = 20.0

_HEAD = """\
# Seconds of work of the tests: of each module's quick tests together, and of each slow test (of one parametrization).
# Written by `python3 run.py test --all --measure` (or --landing, or names of files).
"""


def name_of(item: pytest.Item) -> str:
    """Under which name the work of a test is kept."""
    if item.get_closest_marker("slow") is None:
        return item.nodeid.partition("::")[0]
    return item.nodeid.partition("[")[0]


def read(file: Path = TABLE) -> dict[str, float]:
    if not file.is_file():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(map(_parsed, (line for line in lines if line and not line.startswith("#"))))


def _parsed(line: str) -> tuple[str, float]:
    seconds, name = line.split()
    return name, float(seconds)


def write(measured: Mapping[str, float], known: Mapping[str, float], file: Path = TABLE) -> None:
    """Write what was measured, and what was *known* of others."""
    lines = [f"{seconds:.1f} {name}\n" for name, seconds in sorted({**known, **measured}.items())]
    file.write_text(_HEAD + "".join(lines), encoding="utf-8")


def seconds_of(items: Collection[pytest.Item], table: Mapping[str, float]) -> dict[pytest.Item, float]:
    """The work of each test, by what is known; a module's quick tests are taken to be alike."""
    alike: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        alike[name_of(item)].append(item)
    found = {}
    for name, members in alike.items():
        slow = "::" in name
        seconds = table.get(name, UNKNOWN if slow else 0.0)
        found.update(dict.fromkeys(members, seconds if slow else seconds / len(members)))
    return found


@dataclass(kw_only=True)
class Measured:
    """What one process has measured under a name."""

    seconds: float = 0.0
    tests: int = 0

    def add(self, other: Measured) -> None:
        self.seconds += other.seconds
        self.tests += other.tests

    def duration(self, name: str) -> float:
        """The mean of a slow test, the sum of a module's quick ones."""
        return self.seconds / self.tests if "::" in name else self.seconds


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

    def data(self) -> dict[str, dict[str, Any]]:
        """What was measured, as plain values, which a worker of pytest-xdist can send."""
        return {name: asdict(each) for name, each in self.measured.items()}

    def add(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        for name, each in data.items():
            self.measured[name].add(Measured(**each))

    def durations(self) -> dict[str, float]:
        return {name: each.duration(name) for name, each in self.measured.items()}


def _work() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
