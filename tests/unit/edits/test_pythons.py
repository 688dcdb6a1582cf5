from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.edits import pythons
from tests.unit.edits.strategies import anything


@pytest.mark.parametrize(
    ("wanted", "version", "fits"),
    [
        ("3.12", "3.12.7", True),
        ("3.12", "3.11.9", False),
        ("3.12.1", "3.12.7", False),
        ("3", "3.11.0", True),
        (">=3.10,<3.13", "3.13.0", False),
        ("^3.10", "3.12.0", True),
        ("^3.12", "3.11.0", False),
        ("whatever", "3.11.0", True),
        (">=3.10", "3.15.0a2", True),
    ],
)
def test_a_version_fits_what_is_wanted(wanted: str, version: str, fits: bool) -> None:
    assert pythons.allows(wanted, version) is fits


@pytest.mark.parametrize(
    ("wanted", "series", "fits"),
    [
        (">=3.12.4,<3.13.2", "3.12", True),
        (">=3.12.4,<3.13.2", "3.13", True),
        (">=3.12.4,<3.13.2", "3.14", False),
        ("3.11.9", "3.11", True),
        ("==3.12.*", "3.13", False),
        ("!=3.13.0", "3.13", True),
        ("", "3.13", True),
    ],
)
def test_a_series_fits_when_one_of_its_versions_does(wanted: str, series: str, fits: bool) -> None:
    assert pythons.allows_some(wanted, series) is fits


@pytest.mark.parametrize(
    ("version", "series"),
    [("3.13.2", "3.13"), ("3.15.0a2", "3.15"), ("3.12", "3.12"), ("3", ""), ("", ""), ("3.12.*", ""), ("pypy", "")],
)
def test_the_series_of_a_version(version: str, series: str) -> None:
    assert pythons.series(version) == series


@pytest.mark.parametrize(("to", "found"), [("3.9", "3.10"), ("3.10", "3.10"), ("3.12", "3.13"), ("3.14", "3.13")])
def test_the_nearest_version_is_rather_a_newer_one(to: str, found: str) -> None:
    assert pythons.nearest(["3.13", "3.10"], to) == found


@given(anything, st.one_of(anything, st.from_regex(r"[0-9]{1,2}\\.[0-9]{1,2}", fullmatch=True)))
def test_any_range_is_answered(wanted: str, version: str) -> None:
    pythons.allows_some(wanted, version)
    pythons.series(wanted)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (">=3.13,<3.14", "==3.13.*", True),
        ("~=3.14.0", "==3.14.*", True),
        ("~=3.12", ">=3.12,<4", True),
        ("", ">=0", True),
        (">3.12.4", ">=3.12.5", True),
        (">=3.12", ">=3.12.1", False),
        (">=3.10,!=3.11.*", ">=3.10", False),
        ("==3.13.*", "==3.13.2", False),
        (">=3.12,<4", ">=3.12", False),
        ("of my liking", "of my liking", True),
        ("of my liking", ">=3.12", False),
    ],
)
def test_ranges_are_the_same_where_they_allow_the_same_versions(one: str, other: str, expected: bool) -> None:
    assert pythons.same(one, other) is expected
    assert pythons.same(other, one) is expected
