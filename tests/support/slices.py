"""What a landing tries of the matrices that take too long to be tried as a whole each time.

    @pytest.mark.slow
    @pytest.mark.slice(3)                       three of this test's parametrizations
    @pytest.mark.parametrize("kind", KINDS)

    pytestmark = [pytest.mark.slow, pytest.mark.slice(4)]       four of this module's slow tests; on a class: of its own

    @pytest.mark.slice(0)                       only in `--all`, or when what it tests was changed
    @pytest.mark.slice(ALWAYS)                  in each landing

The mark that is nearest to a test counts. Slow tests without one have their turn with the others of their folder: a
landing tries a seventh of them. Where a parameter is a number, its smallest and largest value are always in. A share
too small for seven landings in a row to try everything is as large as it has to be: see tests/support/turns.py.
Tests that are not slow always run, marked or not.

    python3 run.py test                         the quick tests
    python3 run.py test --landing               those, and a slice of the slow ones: another one for each commit
    python3 run.py test --landing --slice=306   somebody else's slice again
    python3 run.py test --all                   everything
    python3 run.py test --all --part=2/6        the second of six calls that try everything between them

A landing tries more of what the newest commits concern (tests/support/touched.py), until its time is spent
(tests/support/durations.py). What it left out is printed at the end.

Without --landing nothing is deselected: `-m slow tests/attacks/test_local.py` runs what it names.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.support import durations, touched, turns

Step = TypeVar("Step")

#: Seconds of work that a landing may take, unless `--budget` says otherwise.
BUDGET = 2050.0

#: The share of a slow test that each landing tries.
ALWAYS = 1000

#: Seconds that a slow test gets, unless it says otherwise.
PATIENCE = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What this call of pytest tries.

    :param landing: whether what has not its turn is left out.
    :param turn: number of the landing; None tries everything.
    :param why: where the number comes from, in words.
    :param concerned: beginnings of the names of the tests that the newest commits concern, the newest first.
    """

    landing: bool
    turn: int | None
    why: str = ""
    concerned: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Tests that have their turn in different landings.

    :param share: what their mark says. :param items: by their names. :param always: those that have each turn.
    """

    name: str
    share: int
    items: Mapping[str, pytest.Item]
    always: Collection[str]

    def turn(self, number: int) -> set[str]:
        """The names that landing *number* tries."""
        return turns.part([*self.items], self.share, number, always=self.always) if self.share else set()


_CHOICE = pytest.StashKey[Choice]()
_METER = pytest.StashKey[durations.Meter]()
_REPORT = pytest.StashKey[list[str]]()
_TOLD = pytest.StashKey[list[str]]()


def tell(request: pytest.FixtureRequest, *lines: str) -> None:
    """Print *lines* at the end of the whole run, although the test that has them to tell succeeds."""
    request.config.stash[_TOLD].extend(lines)


def choice(config: pytest.Config) -> Choice:
    return config.stash[_CHOICE]


# -- the plugin --


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("slices", "how much is tried")
    group.addoption("--landing", action="store_true", help="the quick tests and a slice of the slow ones")
    group.addoption("--slice", type=int, metavar="N", help="the slice of landing number N (the number of commits)")
    group.addoption("--all", action="store_true", dest="all_slices", help="everything")
    group.addoption("--part", type=_part, metavar="K/N", help="the Kth of N calls that do as much work each")
    group.addoption(
        "--budget", type=float, default=BUDGET, metavar="S", help="seconds of work of a landing (%(default)g)"
    )
    group.addoption("--measure", action="store_true", help="write what the tests took into tests/durations.txt")
    group.addoption("--matrices", type=Path, metavar="FILE", help="run nothing; write a table of the slices into FILE")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slice(n): a landing tries n of these; see tests/support/slices.py")
    config.stash[_CHOICE] = choice = _choose(config)
    config.stash[_METER] = durations.Meter()
    config.stash[_TOLD] = []
    every = choice.landing or choice.turn is None or config.getoption("matrices")
    if every and config.option.markexpr == "not slow":
        config.option.markexpr = ""


def pytest_report_header(config: pytest.Config) -> list[str]:
    choice = config.stash[_CHOICE]
    if choice.turn is None:
        part = config.getoption("part")
        return ["slices: everything (--all)" + (f", part {part[0]} of {part[1]}" if part else "")]
    what = "the quick tests and a slice of the slow ones" if choice.landing else "nothing is left out"
    again = f"again with --slice={choice.turn} ({choice.why}); {turns.PERIOD} landings in a row try everything"
    new = ", ".join(choice.concerned[:12]) or "nothing that is known"
    return [f"slices: {what}; {again}", *([f"the newest commits concern {new}"] if choice.landing else [])]


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    yield
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(PATIENCE))
    choice, table = config.stash[_CHOICE], durations.read()
    matrices = _matrices(items)
    if file := config.getoption("matrices"):
        file.write_text(coverage(matrices), encoding="utf-8")
        pytest.exit(f"the table of the slices is in {file}", returncode=0)
    seconds = durations.seconds_of(items, table)
    out: Collection[pytest.Item] = ()
    if choice.landing and choice.turn is not None:
        out = _leave_out(config, items, matrices, seconds)
    elif part := config.getoption("part"):
        out = _of_other_parts(items, seconds, *part)
    if out:
        config.hook.pytest_deselected(items=[item for item in items if item in out])
        items[:] = [item for item in items if item not in out]
    _longest_first(items, seconds, choice.concerned)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with item.config.stash[_METER].measuring(durations.name_of(item)):
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["slices"] = {
            "measured": config.stash[_METER].data(),
            "report": config.stash.get(_REPORT, []),
            "told": config.stash[_TOLD],
        }
    elif config.getoption("measure"):
        durations.write(config.stash[_METER].durations(), durations.read())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(_REPORT, [])
    if rows:
        terminalreporter.section("what this landing left out; --all tries it")
    for row in [*rows, *config.stash[_TOLD]]:
        terminalreporter.line(row)
    work = sum(each.seconds for each in config.stash[_METER].measured.values())
    terminalreporter.line(f"The tests did {work:.0f} s of work.")


# -- workers of pytest-xdist: what they try must not depend on when they look --


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    choice = node.config.stash[_CHOICE]
    node.workerinput["slices"] = {**asdict(choice), "concerned": [*choice.concerned]}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    said = getattr(node, "workeroutput", {}).get("slices")
    if said:
        node.config.stash[_METER].add(said["measured"])
        node.config.stash[_REPORT] = said["report"]
        node.config.stash[_TOLD].extend(said["told"])


# -- what a landing tries --


def _choose(config: pytest.Config) -> Choice:
    if hasattr(config, "workerinput"):
        return Choice(**config.workerinput["slices"])
    if config.getoption("all_slices"):
        return Choice(landing=False, turn=None)
    landing, given = config.getoption("landing"), config.getoption("slice")
    number, why = (given, "as asked for") if given is not None else count(config.rootpath)
    concerned = touched.concerned(touched.changed_files(config.rootpath)) if landing else []
    return Choice(landing=landing, turn=number, why=why, concerned=concerned)


def count(folder: Path) -> tuple[int, str]:
    """The number of the landing that the checkout in *folder* is, and where it comes from.

    A clone without history has no number of commits; its newest commit's own name then stands for one. That is
    another slice for each commit as well, but in no order.
    """
    if _git(folder, "rev-parse", "--is-shallow-repository") == "false":
        return int(_git(folder, "rev-list", "--count", "HEAD") or 0), "the number of commits"
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return 0, "there is no history to read"
    return int(commit[:4], 16), "made of the commit's name, for want of history"


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; nothing where there is no repository, commit or git."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _matrices(items: Iterable[pytest.Item]) -> list[Matrix]:
    """The slow ones among *items*, by what they have their turn with."""
    marked: dict[tuple[str, int], dict[str, pytest.Item]] = defaultdict(dict)
    unmarked: dict[str, dict[str, pytest.Item]] = defaultdict(dict)
    for item in items:
        if item.get_closest_marker("slow") is None:
            continue
        node, mark = next(item.iter_markers_with_node("slice"), (None, None))
        if node is None or mark is None:
            folder = item.nodeid.partition("::")[0].rpartition("/")[0]
            unmarked[f"{folder}/, what has no mark"][item.nodeid] = item
        else:
            marked[item.nodeid.partition("[")[0] if node is item else node.nodeid, mark.args[0]][item.nodeid] = item
    whole = [*marked.items(), *(((name, 1), each) for name, each in unmarked.items())]
    return [
        Matrix(name=name, share=share, items=members, always=_ends(members))
        for (name, share), members in sorted(whole, key=lambda each: each[0])
    ]


def _ends(members: Mapping[str, pytest.Item]) -> frozenset[str]:
    """The first and the last of a parametrization by numbers."""
    numbers = {}
    for name, item in members.items():
        values = [*item.callspec.params.values()] if hasattr(item, "callspec") else []
        if len(values) != 1 or type(values[0]) is not int:
            return frozenset()
        numbers[values[0]] = name
    return frozenset({numbers[min(numbers)], numbers[max(numbers)]})


def _leave_out(
    config: pytest.Config,
    items: Sequence[pytest.Item],
    matrices: Sequence[Matrix],
    seconds: Mapping[pytest.Item, float],
) -> set[pytest.Item]:
    """What this landing does not try; what the newest commits concern is tried as far as there is time for it."""
    choice, budget = config.stash[_CHOICE], config.getoption("budget")
    assert choice.turn is not None
    waiting = {
        item for matrix in matrices for name, item in matrix.items.items() if name not in matrix.turn(choice.turn)
    }
    needed = sum(seconds[item] for item in items if item not in waiting)
    taken = _affordable(waiting, seconds, budget - needed, choice.concerned)
    out = waiting - taken
    spent = needed + sum(seconds[item] for item in taken)
    config.stash[_REPORT] = [*_left_out(matrices, out), f"{spent:.0f} s of work were planned, of {budget:.0f} s."]
    return out


def _affordable(
    waiting: Iterable[pytest.Item], seconds: Mapping[pytest.Item, float], budget: float, concerned: Sequence[str]
) -> set[pytest.Item]:
    """Those of the tests that are concerned and fit into the *budget*, the nearest first."""
    ranked = [(touched.rank(item.nodeid, concerned), item.nodeid, item) for item in waiting]
    taken = set()
    for _, _, item in sorted(each for each in ranked if each[0] is not None):
        if seconds[item] <= budget:
            taken.add(item)
            budget -= seconds[item]
    return taken


def _left_out(matrices: Iterable[Matrix], out: Collection[pytest.Item]) -> list[str]:
    rows = (
        (len([item for item in each.items.values() if item in out]), len(each.items), each.name) for each in matrices
    )
    return [f"{left:5} of {size:3}  {name}" for left, size, name in rows if left]


def _part(text: str) -> tuple[int, int]:
    number, _, parts = text.partition("/")
    if not 1 <= int(number) <= int(parts):
        raise ValueError(text)
    return int(number), int(parts)


def _of_other_parts(
    items: Sequence[pytest.Item], seconds: Mapping[pytest.Item, float], number: int, parts: int
) -> set[pytest.Item]:
    """What another call tries. The tests of a file stay together, since they share what takes long to make."""
    loads, mine = [0.0] * parts, set()
    work = _work_of_files(items, seconds)
    for path in sorted(work, key=lambda path: (-work[path], path)):
        lightest = loads.index(min(loads))
        loads[lightest] += max(work[path], 1.0)
        if lightest == number - 1:
            mine.add(path)
    return {item for item in items if item.path not in mine}


def _work_of_files(items: Iterable[pytest.Item], seconds: Mapping[pytest.Item, float]) -> Mapping[Path, float]:
    work: dict[Path, float] = defaultdict(float)
    for item in items:
        work[item.path] += seconds[item]
    return work


def _longest_first(items: list[pytest.Item], seconds: Mapping[pytest.Item, float], concerned: Sequence[str]) -> None:
    """Bring the files into the order in which workers take them; the tests of a file stay as they are."""
    work = _work_of_files(items, seconds)
    new = {item.path for item in items if touched.rank(item.nodeid, concerned) is not None}
    items.sort(key=lambda item: (item.path not in new, -work[item.path], item.path))


def coverage(matrices: Iterable[Matrix]) -> str:
    """The matrices as a table of Markdown: size, a landing's share, and how many landings in a row try all of it."""
    rows = []
    for matrix in matrices:
        if not matrix.share:
            rows.append((matrix.name, len(matrix.items), "none", "in `--all`"))
            continue
        landings = turns.landings([*matrix.items], matrix.share, always=matrix.always)
        rows.append((matrix.name, len(matrix.items), len(matrix.turn(0)), landings))
    lines = ["| Tests | Size | A landing | Landings until all |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | {size} | {share} | {count} |" for name, size, share, count in rows), ""])
