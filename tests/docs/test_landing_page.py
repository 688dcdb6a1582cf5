"""The page on what a landing tries names the numbers and the pairs that the tests go by."""

from __future__ import annotations

from tests.docs.pages import text
from tests.support.slices import BUDGET
from tests.support.turns import PERIOD
from tests.versions.pairs import PAIRS


def test_the_page_names_what_a_landing_goes_by() -> None:
    page = text("explanation", "what-a-landing-tries.md")
    assert "".join(f"- {pair}\n" for pair in PAIRS) in page
    assert f"{PERIOD} landings in a row" in page
    assert f"{BUDGET:.0f} seconds of work" in page
