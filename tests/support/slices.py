"""What a landing tries of the matrices that take too long to be tried as a whole each time.

    @pytest.mark.slow
    @pytest.mark.slice(3)                       three of this test's parametrizations
    @pytest.mark.parametrize("kind", KINDS)

    pytestmark = [pytest.mark.slow, pytest.mark.slice(4)]       four of this module's slow tests; on a class: of its own

    for number in slices.some(range(1, count + 1), 3, request): …     three turns of a loop, its ends among them

    @pytest.mark.slice(0)                       only in `--all`, or when what it tests was changed

The mark that is nearest to a test counts. Where a parameter is a number, its smallest and largest value are always in.
A share too small for seven landings in a row to try everything is as large as it has to be: see tests/support/turns.py.
Tests that are not slow always run, marked or not.

    python3 run.py test                         the quick tests
    python3 run.py test --landing               those, and a slice of the slow ones: another one for each commit
    python3 run.py test --landing --slice=306   somebody else's slice again
    python3 run.py test --all                   everything

Without --landing nothing is deselected: `-m slow tests/attacks/test_local.py` runs what it names. Loops alone are as
long as in a landing (of --slice=N where it is given), and are whole with --all.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.support import turns

Step = TypeVar("Step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What this call of pytest tries.

    :param landing: whether what has not its turn is left out.
    :param turn: number of the landing; None tries everything.
    :param why: where the number comes from, in words.
    """

    landing: bool
    turn: int | None
    why: str = ""


_CHOICE = pytest.StashKey[Choice]()


def some(steps: Iterable[Step], share: int, request: pytest.FixtureRequest) -> list[Step]:
    """Those of a loop's *steps* that have their turn, *share* of them or more, in their order; both ends always are."""
    steps = list(steps)
    choice = request.config.stash[_CHOICE]
    if choice.turn is None or len(steps) <= 2:
        return steps
    names = [f"{request.node.nodeid} {step}" for step in steps]
    chosen = turns.part(names, share, choice.turn, always={names[0], names[-1]})
    return [step for step, name in zip(steps, names, strict=True) if name in chosen]


# -- the plugin --


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("slices", "how much is tried")
    group.addoption("--landing", action="store_true", help="the quick tests and a slice of the slow ones")
    group.addoption("--slice", type=int, metavar="N", help="the slice of landing number N (the number of commits)")
    group.addoption("--all", action="store_true", dest="all_slices", help="everything")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slice(n): a landing tries n of these; see tests/support/slices.py")
    config.stash[_CHOICE] = choice = _choice(config)
    if (choice.landing or choice.turn is None) and config.option.markexpr == "not slow":
        config.option.markexpr = ""


def pytest_report_header(config: pytest.Config) -> str:
    choice = config.stash[_CHOICE]
    if choice.turn is None:
        return "slices: everything (--all)"
    what = (
        "the quick tests and a slice of the slow ones" if choice.landing else "nothing is left out but turns of loops"
    )
    return f"slices: {what}; again with --slice={choice.turn} ({choice.why}; {turns.PERIOD} in a row try everything)"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist what was chosen: it must not depend on when it looks."""
    choice = node.config.stash[_CHOICE]
    node.workerinput["slices"] = {"landing": choice.landing, "turn": choice.turn, "why": choice.why}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    yield
    choice = config.stash[_CHOICE]
    if choice.landing and choice.turn is not None:
        out = set[pytest.Item]().union(*(_waiting(matrix, choice.turn) for matrix in _matrices(items)))
        config.hook.pytest_deselected(items=[item for item in items if item in out])
        items[:] = [item for item in items if item not in out]


def _choice(config: pytest.Config) -> Choice:
    if hasattr(config, "workerinput"):
        return Choice(**config.workerinput["slices"])
    if config.getoption("all_slices"):
        return Choice(landing=False, turn=None)
    landing = config.getoption("landing")
    given = config.getoption("slice")
    if given is not None:
        return Choice(landing=landing, turn=given, why="as asked for")
    number, why = count(config.rootpath)
    return Choice(landing=landing, turn=number, why=why)


def count(folder: Path) -> tuple[int, str]:
    """The number of the landing that the checkout in *folder* is, and where it comes from.

    A clone without history has no number of commits; its newest commit's own name then stands for one. That is
    another slice for each commit as well, but in no order.
    """
    if _git(folder, "rev-parse", "--is-shallow-repository") == "false":
        return int(_git(folder, "rev-list", "--count", "HEAD") or 0), "the number of commits"
    return int(_git(folder, "rev-parse", "HEAD")[:4] or "0", 16), "made of the commit's name, for want of history"


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; nothing where there is no repository, commit or git."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """:param share: what its mark says. :param items: by their names."""

    name: str
    share: int
    items: dict[str, pytest.Item]
    always: frozenset[str]


def _matrices(items: Iterable[pytest.Item]) -> list[Matrix]:
    """What is marked as slices among *items*."""
    found: dict[tuple[str, int], dict[str, pytest.Item]] = defaultdict(dict)
    for item in items:
        if item.get_closest_marker("slow") is None:
            continue
        for node, mark in item.iter_markers_with_node("slice"):
            name = item.nodeid.partition("[")[0] if node is item else node.nodeid
            found[name, mark.args[0]][item.nodeid] = item
            break
    return [
        Matrix(name=name, share=share, items=members, always=_ends(members)) for (name, share), members in found.items()
    ]


def _ends(members: dict[str, pytest.Item]) -> frozenset[str]:
    """The first and the last of a parametrization by numbers."""
    numbers = {}
    for name, item in members.items():
        values = [*getattr(item, "callspec").params.values()] if hasattr(item, "callspec") else []  # noqa: B009
        if len(values) != 1 or type(values[0]) is not int:
            return frozenset()
        numbers[values[0]] = name
    return frozenset({numbers[min(numbers)], numbers[max(numbers)]})


def _waiting(matrix: Matrix, turn: int) -> set[pytest.Item]:
    """Those of a matrix that this landing leaves out."""
    if matrix.share == 0:
        return {*matrix.items.values()}
    chosen = turns.part([*matrix.items], matrix.share, turn, always=matrix.always)
    return {item for name, item in matrix.items.items() if name not in chosen}
