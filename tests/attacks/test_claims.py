"""The documentation says what the tests prove, and the tests prove what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks import claims


def test_the_page_is_the_one_the_tests_make() -> None:
    assert claims.PAGE.read_text(encoding="utf-8") == claims.page(), "run `python -m tests.attacks`"


MARKED = """
import pytest
from tests.attacks.claims import proves
from tests.support import slices

@proves("a", "b")
def test_always(): ...

@pytest.mark.slow
@proves("a", "b")
def test_unmarked(): ...

@pytest.mark.slice(3)
@proves("a", "b")
def test_in_turn(): ...

@pytest.mark.slice(2)
class TestTogether:
    @proves("a", "b")
    def test_of_a_class(self): ...

@pytest.mark.slice(0)
@proves("a", "b")
def test_rare(): ...
"""


def test_each_row_says_how_often_it_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "tests" / "test_module.py"
    module.parent.mkdir()
    module.write_text(MARKED, encoding="utf-8")
    monkeypatch.setattr(claims, "CHECKOUT", tmp_path)

    def tried() -> dict[str, str]:
        return {claim.test: claim.when for claim in claims.claims()}

    own = {
        "test_unmarked": "in turn",
        "test_in_turn": "in turn",
        "test_of_a_class": "in turn",
        "test_rare": "in a whole run",
    }
    assert tried() == {"test_always": "every landing", **own}
    module.write_text(f"{MARKED}\npytestmark = [pytest.mark.slow, pytest.mark.slice(5)]\n", encoding="utf-8")
    assert tried() == {"test_always": "in turn", **own}


def test_there_are_25_attacks() -> None:
    assert list(claims.attacks()) == list(range(1, 26))


@pytest.fixture(scope="module")
def claimed() -> list[claims.Claim]:
    return claims.claims()


@pytest.mark.parametrize("number", claims.HOLES)
def test_every_hole_that_was_found_has_a_test(number: int, claimed: list[claims.Claim]) -> None:
    assert any(number in claim.closes for claim in claimed)


@pytest.mark.parametrize("number", claims.attacks())
def test_every_attack_has_a_test_named_after_it(number: int, claimed: list[claims.Claim]) -> None:
    name = claims.test_name(claims.attacks()[number])
    assert any(claim.test.startswith(name) and claim.number == number for claim in claimed), name
