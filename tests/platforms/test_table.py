"""The table of what was built and run says what the tests say, and leaves no cell without a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from simple_deploy.api import Card
from tests.platforms import table
from tests.platforms.table import Proof

POND = Card(
    slug="pond",
    name="Pond",
    summary="A pond.",
    cost="Nothing.",
    checked=date(2026, 11, 21),
    managers=("requirements", "poetry"),
)
PROOF = Proof(
    platform="pond",
    cells=tuple((manager, layout) for manager in ("requirements", "poetry") for layout in ("flat", "nested")),
    without={"poetry-tool": "Poetry reads both tables."},
)


def row(page: str, title: str) -> list[str]:
    line = next(line for line in page.splitlines() if line.startswith(f"| {title} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_the_page_is_what_the_tests_say() -> None:
    found = table.proofs()

    assert table.PAGE.read_text(encoding="utf-8") == table.page(table.cards(found), found), (
        "write it anew: python -m tests.platforms.table"
    )


def test_a_proven_cell_says_so_and_an_empty_one_gives_its_reason() -> None:
    page = table.page([POND], [PROOF])

    assert row(page, "requirements.txt") == ["built and run", "built and run"]
    assert row(page, "Poetry, `[tool.poetry]`") == ["– (2)", "– (2)"]
    assert row(page, "uv") == ["– (1)", "– (1)"]
    assert "1. Pond is not offered for this manager." in page
    assert "2. Pond: Poetry reads both tables." in page


def test_a_cell_that_is_neither_proven_nor_explained_is_found() -> None:
    with pytest.raises(ValueError, match="poetry-tool, flat is on the card, but no test proves it"):
        table.page([POND], [replace(PROOF, without={})])


def test_a_reason_for_a_cell_that_is_proven_is_found() -> None:
    with pytest.raises(ValueError, match="poetry, nested is proven, and has a reason why not: Pond: Not today"):
        table.page([POND], [replace(PROOF, without={**PROOF.without, "poetry/nested": "Not today"})])


@pytest.mark.slow
def test_a_marked_test_runs_once_for_each_of_its_cells() -> None:
    @table.proves("pond", ["uv"], without={"poetry": "It is not there."})
    def test_something(manager: str, layout: str) -> None: ...

    marks = {mark.name: mark for mark in test_something.pytestmark}  # type: ignore[attr-defined]

    assert set(marks) == {"proves", "slow", "parametrize"}
    assert marks["parametrize"].args[1] == (("uv", "flat"), ("uv", "nested"))
    assert Proof(**marks["proves"].kwargs).without == {"poetry": "It is not there."}


def test_a_manager_that_the_table_has_no_row_for_is_refused() -> None:
    with pytest.raises(ValueError, match="no such manager: conda"):
        table.proves("pond", ["conda"])
