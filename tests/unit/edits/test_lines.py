from __future__ import annotations

import difflib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.edits import lines
from simple_deploy.edits.errors import EditError
from tests.unit.edits.strategies import answers, anything, texts

few = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(texts)
def test_splitting_and_joining_gives_the_same_text(text: str) -> None:
    assert lines.join(*lines.split(text)) == text


@given(anything)
def test_any_text_is_split_or_refused(text: str) -> None:
    parts = answers(lambda: lines.split(text), EditError)
    assert (parts is None) == ("\r" in text or "\0" in text)


def test_a_carriage_return_is_refused_with_its_line() -> None:
    with pytest.raises(EditError) as caught:
        lines.split("a\nb\r\n")
    assert caught.value.line == 2


@given(few, few)
def test_matches_are_equal_lines_in_ascending_order(old: list[str], new: list[str]) -> None:
    pairs = lines.matches(old, new)
    assert all(old[i] == new[j] for i, j in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))


@given(few, few)
def test_lines_that_are_not_unique_are_matched_by_the_shortest_edit(old: list[str], new: list[str]) -> None:
    old, new = ["old", *old * 2, "old"], ["new", *new * 2, "new"]
    found = lines.matches(old, new)
    assert len(found) == _longest_common(old, new)


@given(st.lists(st.sampled_from("abcdefgh"), max_size=20), st.lists(st.tuples(st.integers(0, 20), st.just("new"))))
def test_when_lines_are_only_added_every_old_line_is_matched(old: list[str], added: list[tuple[int, str]]) -> None:
    new = list(old)
    for place, row in added:
        new.insert(place, row)
    assert [i for i, _ in lines.matches(old, new)] == list(range(len(old)))


def test_many_changes_among_equal_lines_are_still_matched_in_order() -> None:
    part = ["x", "y"] * 200
    whole = [row for pair in zip(part, ["z", "z"] * 200, strict=True) for row in pair]
    assert len(lines.matches(part, whole)) == len(part)
    assert len(lines.matches(whole, part)) == len(part)


def test_the_work_grows_with_the_lines_and_not_with_their_square() -> None:
    assert _comparisons(4000) < 3 * _comparisons(2000)


def _comparisons(size: int) -> int:
    count = 0

    class Row(str):
        def __eq__(self, other: object) -> bool:
            nonlocal count
            count += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    # Few distinct lines in different orders: the worst case of a diff.
    old = [Row(index * index % 7) for index in range(size)]
    new = [Row(index * index * index % 5) for index in range(size)]
    lines.matches(old, new)
    return count


def _longest_common(old: list[str], new: list[str]) -> int:
    row = [0] * (len(new) + 1)
    for a in old:
        before = 0
        for j, b in enumerate(new):
            before, row[j + 1] = row[j + 1], before + 1 if a == b else max(row[j + 1], row[j])
    return row[-1]


def test_a_moved_function_shows_as_little_as_the_standard_library() -> None:
    old = ["def a():", "    pass", "", "def b():", "    pass", ""]
    new = ["def b():", "    pass", "", "def a():", "    pass", ""]
    standard = sum(block.size for block in difflib.SequenceMatcher(None, old, new).get_matching_blocks())
    assert len(lines.matches(old, new)) >= standard
