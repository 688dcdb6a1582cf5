"""Who may follow, and how often anybody may ask or guess."""

from __future__ import annotations

import pytest

from simple_deploy.present.share import door
from simple_deploy.present.share.door import Bucket, Door

CODE = "k7m2pq"


def test_a_code_is_short_and_has_no_letter_that_looks_like_another() -> None:
    codes = {door.new_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 6 and set(code) <= set(door.ALPHABET) for code in codes)
    assert not set("01iloOIL") & set(door.ALPHABET)


@pytest.mark.parametrize("typed", ["k7m2pq", "K7M2PQ", "k7m 2pq", " K7M-2PQ "])
def test_a_code_is_typed_in_any_way(typed: str) -> None:
    assert Door(code=CODE).enter("10.0.0.2", typed, 0) is not None


@pytest.mark.parametrize("typed", ["", "k7m2p", "k7m2pq7", "k7m2pr", "\ud800", "k" * 10_000])
def test_anything_else_is_refused(typed: str) -> None:
    assert Door(code=CODE).enter("10.0.0.2", typed, 0) is None


def test_each_browser_gets_a_token_of_its_own() -> None:
    at = Door(code=CODE)
    tokens = {at.enter("10.0.0.2", CODE, 0) for _ in range(9)}
    assert len(tokens) == 9
    assert all(at.is_viewer(str(token)) for token in tokens)
    assert not at.is_viewer("")
    assert not at.is_viewer(CODE)


def test_who_guesses_has_to_wait_and_then_twice_as_long_and_keeps_nobody_else_out() -> None:
    at = Door(code=CODE)
    for _ in range(door.TRIES):
        assert at.enter("10.0.0.2", "wrong1", 0) is None
    assert at.waits("10.0.0.2", 0) == door.WAIT
    assert at.enter("10.0.0.2", CODE, door.WAIT / 2) is None  # the right one too
    assert at.enter("10.0.0.3", CODE, 0) is not None
    assert at.enter("10.0.0.2", "wrong2", door.WAIT) is None
    assert at.waits("10.0.0.2", door.WAIT) == 2 * door.WAIT
    assert at.enter("10.0.0.2", CODE, 3 * door.WAIT) is not None
    assert at.waits("10.0.0.2", 3 * door.WAIT) == 0


def test_guessing_from_many_computers_closes_the_door_before_it_can_succeed() -> None:
    at = Door(code=CODE)
    inside = at.enter("10.0.0.1", CODE, 0)
    for number in range(door.MOST_TRIES):
        at.enter(f"10.0.{number // 4 // 250}.{number // 4 % 250}", "wrong1", 0)
    assert at.is_closed
    assert at.enter("10.1.1.1", CODE, 0) is None
    assert at.is_viewer(str(inside))
    assert door.MOST_TRIES / len(door.ALPHABET) ** door.LENGTH < 1e-6


def test_who_asks_too_much_is_refused_until_later() -> None:
    at = Door(code=CODE)
    while at.may_ask("10.0.0.2", 0):
        pass
    assert at.may_ask("10.0.0.3", 0)
    assert at.may_ask("10.0.0.2", 1)


def test_a_bucket_never_holds_more_than_it_can() -> None:
    bucket = Bucket.full(3, 1, 0)
    assert [bucket.take(1_000) for _ in range(4)] == [True, True, True, False]


def test_no_more_computers_are_remembered_than_a_network_has() -> None:
    at = Door(code=CODE)
    for number in range(door.MOST_PEERS + 5):
        at.may_ask(f"peer {number}", 0)
    assert len(at.peers) == door.MOST_PEERS
    assert at.may_ask("peer 0", 0)
