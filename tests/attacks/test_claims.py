"""The documentation says what the tests prove, and the tests prove what it says."""

from __future__ import annotations

import pytest

from tests.attacks import claims


def test_the_page_is_the_one_the_tests_make() -> None:
    assert claims.PAGE.read_text(encoding="utf-8") == claims.page(), "run `python -m tests.attacks`"


def test_there_are_25_attacks() -> None:
    assert list(claims.attacks()) == list(range(1, 26))


@pytest.mark.parametrize("number", claims.attacks())
def test_every_attack_has_a_test_named_after_it(number: int) -> None:
    name = claims.test_name(claims.attacks()[number])
    assert any(claim.test.startswith(name) and claim.number == number for claim in claims.claims()), name
