"""The page on what a landing tries is the one that the tests make."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.matrices import PAGE, page, table


@pytest.mark.slow
def test_the_page_is_the_one_the_tests_make(tmp_path: Path) -> None:
    made = page(table(tmp_path / "table.md"))
    assert PAGE.read_text(encoding="utf-8") == made, "run `python -m tests.support.matrices`"
