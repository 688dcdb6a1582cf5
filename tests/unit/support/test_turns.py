"""Landings in a row try everything, whatever the size of a matrix and a landing's share of it."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.turns import PERIOD, landings, part

names = st.integers(0, 300).map(lambda size: [f"test[{number}]" for number in range(size)])


@given(names=names, share=st.integers(1, 40), first=st.integers(0, 10_000), stride=st.integers(1, 100))
@example(names=["test[0]"], share=1, first=0, stride=1)
def test_seven_landings_try_everything(names: list[str], share: int, first: int, stride: int) -> None:
    """Also where every landing is of the same number of commits, unless that is a multiple of seven."""
    stride += stride % PERIOD == 0
    parts = [part(names, share, first + number * stride) for number in range(PERIOD)]
    assert set[str]().union(*parts) == {*names}
    assert all(len(each) >= min(share, len(names)) for each in parts)
    assert {len(each) for each in parts} == {len(parts[0])}, "no landing takes longer than the next"


@given(names=names.filter(len), share=st.integers(1, 40), turn=st.integers(0, 10_000))
def test_the_ends_have_their_turn_each_time_and_count(names: list[str], share: int, turn: int) -> None:
    ends = {names[0], names[-1]}
    chosen = part(names, share, turn, always=ends)
    assert chosen >= ends
    needed = -(-(len(names) - len(ends)) // PERIOD) + len(ends)
    assert len(chosen) == min(len(names), max(share, needed))


@given(names=names, share=st.integers(1, 40), turn=st.integers(0, 10_000))
def test_a_landing_can_be_repeated(names: list[str], share: int, turn: int) -> None:
    assert part(names, share, turn) == part(names[::-1], share, turn), "in whatever order they were found"


@given(names=names, share=st.integers(1, 40))
def test_the_number_of_landings_is_true(names: list[str], share: int) -> None:
    count = landings(names, share)
    assert 1 <= count <= PERIOD

    def tried(first: int, count: int) -> set[str]:
        return {name for number in range(count) for name in part(names, share, first + number)}

    assert all(tried(first, count) == {*names} for first in range(PERIOD))
    assert count == 1 or any(tried(first, count - 1) != {*names} for first in range(PERIOD))


def test_a_third_takes_three_or_four_landings() -> None:
    assert landings([f"test[{number}]" for number in range(12)], 4) in {3, 4}
