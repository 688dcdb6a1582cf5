"""How many examples Hypothesis makes in a landing, and in a whole run."""

from __future__ import annotations

import re

import pytest

SUITE = """
import pytest
from hypothesis import given, settings, strategies as st

made = {"own": 0}

@pytest.mark.parametrize("number", range(2))
@given(st.integers(-9**20, 9**20))
def test_one(number, x):
    made[number] = made.get(number, 0) + 1

""" + "\n".join(
    f"@given(st.integers(-9**20, 9**20))\ndef test_{name}(x):\n    made['{name}'] = made.get('{name}', 0) + 1\n"
    for name in "abcdefghijkl"
)
SUITE += """
@settings(max_examples=7)
@given(st.integers(-9**20, 9**20))
def test_own(x):
    made["own"] += 1

def test_say():
    print("made", *made.values())
"""


@pytest.mark.slow
def test_many_for_a_slice_in_a_landing_and_for_all_in_a_whole_run(pytester: pytest.Pytester) -> None:
    """What each test says itself stays. Another process, since the number of examples is set for a process."""
    pytester.makeini(
        """
        [pytest]
        addopts = -p tests.support.slices -p tests.support.examples -p no:randomly -m "not slow" -s
        markers = slow: …
        """
    )
    pytester.makepyfile(test_suite=SUITE)

    def made(*arguments: str) -> list[int]:
        result = pytester.runpytest_subprocess(*arguments)
        assert result.ret == 0
        said = re.search(r"made ([\d ]+)", result.stdout.str())
        assert said is not None
        return [int(number) for number in said[1].split()]

    own, *others = made()
    assert (own, {*others}) == (7, {10})
    landing = made("--landing", "--slice=3")
    assert sorted({*landing}) == [7, 10, 200]
    assert landing.count(200) in {2, 3}, "two of fourteen, of which one has two parametrizations"
    assert made("--landing", "--slice=4") != landing
    own, *others = made("--all")
    assert (own, {*others}) == (7, {200})
