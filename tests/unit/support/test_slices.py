"""The plugin that leaves out of a landing what has not its turn."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.durations import UNKNOWN
from tests.support.repository import git, repository, write
from tests.support.slices import count

SUITE = """
import pytest
from tests.support import slices

@pytest.mark.slow
@pytest.mark.slice(3)
@pytest.mark.parametrize("kind", ["a", "b", "c", "d", "e", "f", "g", "h", "i"])
def test_kinds(kind): pass

@pytest.mark.slow
@pytest.mark.slice(3)
@pytest.mark.parametrize("number", range(9))
def test_numbers(number): pass

@pytest.mark.slice(1)
@pytest.mark.parametrize("kind", ["a", pytest.param("b", marks=pytest.mark.slow)])
def test_quick(kind): pass

@pytest.mark.slow
@pytest.mark.parametrize("kind", ["v/w", "../x", "https://y", "z/a/b", "/"])
def test_unmarked(kind): pass

@pytest.mark.slow
@pytest.mark.slice(slices.ALWAYS)
def test_always(): pass

@pytest.mark.slow
@pytest.mark.slice(0)
def test_rare(): pass

@pytest.mark.slow
@pytest.mark.slice(2)
class TestClass:
    def test_one(self): pass
    def test_two(self): pass
    def test_three(self): pass

@pytest.mark.slow
@pytest.mark.slice(slices.ALWAYS)
def test_telling(request):
    slices.tell(request, "It is told.")
"""


pytestmark = [pytest.mark.slow, pytest.mark.slice(4)]


@pytest.fixture
def tried(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Run the suite with some options; returns the names of the tests that ran."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini(
        """
        [pytest]
        addopts = -p tests.support.slices -p no:cacheprovider -p xdist -m "not slow" -v -s
        markers =
            slow: …
            timeout: …
        """
    )
    pytester.makepyfile(test_suite=SUITE)

    def tried(*arguments: str) -> list[str]:
        result = pytester.runpytest(*arguments)
        assert result.ret == 0
        return re.findall(r"^(?:\[gw.* )?(?:tests/)?test_suite\.py::(\S+)", result.stdout.str(), re.MULTILINE)

    return tried


def test_a_landing_tries_a_slice_of_what_is_slow(tried: Callable[..., list[str]]) -> None:
    ran = tried("--landing", "--slice=5")
    assert len([name for name in ran if "test_kinds" in name]) == 3
    numbers = {name for name in ran if "test_numbers" in name}
    assert len(numbers) == 3
    assert numbers > {"test_numbers[0]", "test_numbers[8]"}
    assert {"test_quick[a]", "test_always"} <= {*ran}
    assert len([name for name in ran if "test_unmarked" in name]) == 1, "a seventh, of five"
    assert "test_rare" not in ran
    assert len([name for name in ran if "TestClass" in name]) == 2


def test_landings_in_a_row_try_everything_but_what_is_for_the_whole_run(tried: Callable[..., list[str]]) -> None:
    ran = {name for turn in range(100, 107) for name in tried("--landing", f"--slice={turn}")}
    assert {*tried("--all")} - ran == {"test_rare"}


def test_the_whole_run_leaves_nothing_out(tried: Callable[..., list[str]]) -> None:
    ran = tried("--all")
    assert len(ran) == 9 + 9 + 2 + 5 + 1 + 1 + 3 + 1


def test_the_parts_of_a_whole_run_try_everything_once_between_them(
    pytester: pytest.Pytester, tried: Callable[..., list[str]]
) -> None:
    files = {f"test_{name}": f"def test_{name}_one(): pass\ndef test_{name}_two(): pass" for name in "abcdefg"}
    pytester.makepyfile(**files)

    def part(number: int) -> list[str]:
        result = pytester.runpytest("--all", f"--part={number}/3")
        assert result.ret == 0
        return re.findall(r"^(test_\w+\.py::\S+)", result.stdout.str(), re.MULTILINE)

    parts = [part(number) for number in (1, 2, 3)]
    assert all(parts)
    assert len({name for each in parts for name in each}) == sum(map(len, parts)) == len(tried("--all")) + 2 * 7
    assert pytester.runpytest("--all", "--part=4/3").ret == pytest.ExitCode.USAGE_ERROR


def test_without_a_landing_what_is_named_runs(tried: Callable[..., list[str]]) -> None:
    assert tried() == ["test_quick[a]"]
    assert len(tried("-m", "slow")) == 9 + 9 + 1 + 5 + 1 + 1 + 3 + 1
    assert tried("-m", "slow", "test_suite.py::test_kinds[a]") == ["test_kinds[a]"]


def test_workers_agree_with_who_started_them(tried: Callable[..., list[str]]) -> None:
    assert {*tried("--landing", "--slice=5", "-n2")} == {*tried("--landing", "--slice=5")}


def test_the_choice_is_printed_and_can_be_repeated(pytester: pytest.Pytester, tried: Callable[..., list[str]]) -> None:
    repository(pytester.path, {})
    git(pytester.path, "commit", "--allow-empty", "-m", "Second")
    ran = tried("--landing")
    assert tried("--landing", "--slice=2") == ran
    result = pytester.runpytest("--landing")
    result.stdout.fnmatch_lines(["slices: *--slice=2 (the number of commits)*"])


def test_what_is_left_out_is_named(pytester: pytest.Pytester, tried: Callable[..., list[str]]) -> None:
    result = pytester.runpytest("--landing", "--slice=5", "-n2")
    result.stdout.fnmatch_lines(
        ["*left out*", "*6 of * 9 *test_suite.py::test_kinds", "*1 of * 1 *test_suite.py::test_rare"]
    )
    result.stdout.fnmatch_lines(["It is told."])
    assert "test_always" not in result.stdout.str().partition("left out")[2]


@pytest.fixture
def changed(pytester: pytest.Pytester, tried: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """The same for a suite whose newest commit changed it."""
    repository(pytester.path, {"tests/test_other.py": ""})
    (pytester.path / "test_suite.py").rename(pytester.path / "tests" / "test_suite.py")
    git(pytester.path, "add", "--all")
    git(pytester.path, "commit", "-m", "Next")
    return tried


def test_what_the_newest_commits_changed_is_tried_as_a_whole(changed: Callable[..., list[str]]) -> None:
    assert {*changed("--landing")} >= {f"test_kinds[{kind}]" for kind in "abcdefghi"}
    assert "test_rare" in changed("--landing")


def test_it_is_tried_as_far_as_there_is_time(changed: Callable[..., list[str]]) -> None:
    """A slow test that was never measured is taken to be long."""
    slow = 3 + 3 + 1 + 1 + 1 + 2 + 1
    assert len(changed("--landing", "--budget=0")) == slow + 1
    assert len(changed("--landing", f"--budget={(slow + 2) * UNKNOWN}")) == slow + 3


def test_the_table_of_slices_says_how_many_landings_it_takes(
    pytester: pytest.Pytester, tried: Callable[..., list[str]]
) -> None:
    pytester.runpytest("--matrices=table.md")
    rows = (pytester.path / "table.md").read_text(encoding="utf-8").splitlines()
    assert "| `test_suite.py::test_kinds` | 9 | 3 | 4 |" in rows
    assert "| `test_suite.py::test_numbers` | 9 | 3 | 7 |" in rows
    assert "| `test_suite.py::test_rare` | 1 | none | in `--all` |" in rows


def test_a_clone_without_history_has_another_slice_for_each_commit_all_the_same(tmp_path: Path) -> None:
    origin = repository(tmp_path / "origin", {"file": ""})
    seen = set()
    for number in range(3):
        write(origin, {"file": str(number)})
        git(origin, "add", "--all")
        git(origin, "commit", "-m", "Next")
        git(tmp_path, "clone", "--depth=1", origin.as_uri(), f"clone-{number}")
        seen.add(count(tmp_path / f"clone-{number}"))
    assert len(seen) == 3
    assert {why for _, why in seen} == {"made of the commit's name, for want of history"}


def test_where_there_is_no_repository_there_is_a_slice_as_well(tmp_path: Path) -> None:
    assert count(tmp_path) == (0, "there is no history to read")
