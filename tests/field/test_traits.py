"""The base of these tests holds, and the documentation lists every trait."""

from __future__ import annotations

from simple_deploy.core.findings import blockers
from tests.field import traits
from tests.field.shop import Shop


def test_the_page_is_the_one_the_tests_make() -> None:
    assert traits.PAGE.read_text(encoding="utf-8") == traits.page(), "run `python -m tests.field`"


def test_every_trait_says_where_it_was_reported() -> None:
    unclear = [each.test for each in traits.traits() if each.reference != "own" and "#" not in each.reference]
    assert unclear == []


def test_the_shop_itself_has_nothing_that_blocks_it(shop: Shop) -> None:
    assert blockers(tuple(shop.look().values())) == ()
