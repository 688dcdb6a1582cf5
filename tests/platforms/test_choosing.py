"""The page that compares platforms says what their cards say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import pytest

from simple_deploy.platforms.base import Status
from tests.platforms import choosing
from tests.support.plugins.simple_deploy_toy import Toy

YEAR = timedelta(days=366)


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


def test_each_state_of_a_platform_is_explained() -> None:
    page = (choosing.ROOT / "docs" / "explanation" / "platforms-that-close.md").read_text(encoding="utf-8")
    table = page.partition("## What a platform's state means")[2].partition("## ")[0]

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [*get_args(Status)]


def test_every_platform_that_is_shipped_was_looked_at_within_a_year() -> None:
    late = [card.slug for card in (each.card for each in choosing.shipped()) if date.today() - card.checked > YEAR]

    assert late == [], "check prices and rules again, and set the date; docs/explanation/platforms-that-close.md"
