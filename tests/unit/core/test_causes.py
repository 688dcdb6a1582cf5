"""Known causes of failures are recognised in what programs really print."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core.causes import CAUSES, Cause, explain
from tests.unit.core.printed import PRINTED


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_each_cause_is_recognised_by_what_is_really_printed(cause: Cause) -> None:
    assert any(re.search(cause.pattern, line) for line in PRINTED[cause.id])
    for line in PRINTED[cause.id]:
        found = explain(["Building …", f"\x1b[31m{line}\x1b[0m", "Traceback ends."])
        assert found is not None and found.id == cause.id
        assert found.line == line.strip()
        assert not re.search(r"[{}]", found.title + found.fix)


def test_the_name_that_was_printed_is_in_the_explanation() -> None:
    found = explain(["KeyError: 'MAPS_TOKEN'"])

    assert found is not None
    assert "MAPS_TOKEN" in found.title and "MAPS_TOKEN" in found.fix


def test_the_last_cause_counts() -> None:
    lines = ["ModuleNotFoundError: No module named 'colorful'", "OSError: [Errno 28] No space left on device"]

    assert explain(lines).id == "disk"  # type: ignore[union-attr]


def test_a_platforms_own_causes_go_first() -> None:
    own = Cause(id="own", pattern="Error R14", title="Too small a pond.", fix="Dig.")

    assert explain(["Error R14 (Memory quota exceeded)"], more=[own]).id == "own"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "line",
    ["Applying notes.0001_initial... OK", "Collecting django", "200 static files copied", "", "-----> Launching..."],
)
def test_ordinary_output_is_no_failure(line: str) -> None:
    assert explain([line]) is None


@given(st.lists(st.text(), max_size=20))
def test_whatever_is_printed_is_read_without_trouble(lines: list[str]) -> None:
    explain(lines)


def test_endless_lines_are_read_quickly() -> None:
    assert explain(["Set the " + "A" * 1_000_000, "The file '" * 100_000]) is None
