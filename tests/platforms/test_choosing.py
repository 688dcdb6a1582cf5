"""The page that compares platforms says what their cards say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.platforms import choosing
from tests.support.plugins.simple_deploy_toy import Toy


def test_the_page_is_what_the_cards_say() -> None:
    page = choosing.PAGE.read_text(encoding="utf-8")

    assert page == choosing.with_generated(page, choosing.generated(choosing.shipped())), (
        "write it anew: python -m tests.platforms.choosing"
    )


def test_a_price_comes_with_the_day_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toy, "card", replace(Toy.card, cost="Two coins a month.", checked=date(2026, 2, 3)))

    assert "| Cost | Two coins a month. (checked 2026-02-03) |" in choosing.generated([Toy()])


def test_only_the_part_between_the_marks_is_written() -> None:
    page = f"# Mine\n{choosing.BEGIN}\nold\n{choosing.END}\nmore\n"

    once = choosing.with_generated(page, "new")

    assert once == f"# Mine\n{choosing.BEGIN}\n\nnew\n\n{choosing.END}\nmore\n"
    assert choosing.with_generated(once, "new") == once
