"""Who is next on a server for a class, and what a run is told that waits."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simple_deploy.core.errors import Cancelled
from simple_deploy.demo.classroom.server.turns import LONGEST, MOST, Place, Queue
from simple_deploy.system.turns import Turn
from tests.support.class_queue import giving, holding

pytestmark = [
    pytest.mark.slow,
    pytest.mark.slice(3),
    pytest.mark.skipif(sys.platform == "win32", reason="a server for a class takes Linux"),
]


def queue_of(*owners: int, at_once: int = 2) -> tuple[Queue, list[Place]]:
    queue, places = Queue(at_once), [Place(owner) for owner in owners]
    assert all(queue.enter(place) for place in places)
    return queue, places


def test_as_many_work_as_may_and_the_others_are_told_how_many_are_before_them() -> None:
    queue, places = queue_of(1, 2, 3, 4, 5)
    assert queue.admit(0.0) == places[:2]
    assert queue.queued() == {places[2]: 0, places[3]: 1, places[4]: 2}
    assert queue.admit(1.0) == []


def test_who_gives_back_the_turn_lets_in_the_next() -> None:
    queue, places = queue_of(1, 2, 3, 4)
    queue.admit(0.0)
    queue.leave(places[1])
    assert queue.admit(1.0) == [places[2]]


def test_who_leaves_the_queue_is_before_nobody_any_more() -> None:
    queue, places = queue_of(1, 2, 3, 4)
    queue.admit(0.0)
    queue.leave(places[2])
    assert queue.queued() == {places[3]: 0}


def test_an_account_has_one_turn_and_one_place_however_often_it_asks() -> None:
    queue, places = queue_of(1, 1, 1, 1, 2, 3)
    assert queue.admit(0.0) == [places[0], places[4]]
    queue.leave(places[0])
    assert queue.admit(1.0) == [places[5]], "not the one that asked more often"
    queue.leave(places[5])
    assert queue.admit(2.0) == [places[1]]


def test_the_places_of_an_account_are_counted() -> None:
    queue, _ = queue_of(*[1] * MOST)
    assert not queue.enter(Place(1))
    assert queue.enter(Place(2))
    queue.admit(0.0)
    assert not queue.enter(Place(1)), "a turn counts as well"


def test_a_turn_without_an_end_holds_up_nobody() -> None:
    queue, places = queue_of(1, 2, 3, 3, 4, at_once=1)
    assert queue.admit(0.0) == [places[0]]
    assert queue.admit(LONGEST - 1) == []
    assert queue.admit(LONGEST) == [places[1]], "who holds it goes on, and does not count"
    assert queue.enter(again := Place(1))
    queue.leave(places[1])
    assert queue.admit(LONGEST + 1) == [places[2]]
    queue.leave(places[2])
    assert queue.admit(LONGEST + 2) == [places[4]]
    queue.leave(places[4])
    assert queue.admit(LONGEST + 3) == [places[3]]
    queue.leave(places[3])
    assert queue.admit(LONGEST + 4) == [], "nobody gets a second turn who has not given back the first"
    queue.leave(places[0])
    assert queue.admit(LONGEST + 5) == [again]


class Told:
    """What a run heard, for which a test waits."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._changed = threading.Condition()

    def __call__(self, before: int) -> None:
        with self._changed:
            self.numbers.append(before)
            self._changed.notify_all()

    def until(self, before: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: before in self.numbers, timeout=30), self.numbers


@contextmanager
def waiting(path: Path) -> Iterator[threading.Thread]:
    """A run that waits for its turn, which has to come by the end."""
    turn, told = Turn(path), Told()
    thread = threading.Thread(target=lambda: turn.take(told, lambda: False))
    thread.start()
    try:
        told.until(0)
        assert thread.is_alive()
        yield thread
    finally:
        thread.join(30)
        turn.give_back()
        assert not thread.is_alive()


def test_a_run_waits_until_the_one_before_it_is_over(tmp_path: Path) -> None:
    path = tmp_path / "turns"
    with giving(path, at_once=1), holding(path) as first, waiting(path):
        first.give_back()


def test_the_turn_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    path = tmp_path / "turns"
    with giving(path, at_once=1), socket.socket(socket.AF_UNIX) as killed:
        killed.connect(str(path))
        assert killed.recv(10) == b"go\n"
        with waiting(path):
            killed.close()  # as the system does it


def test_a_run_that_is_cancelled_does_not_wait_any_longer(tmp_path: Path) -> None:
    path, heard = tmp_path / "turns", list[int]()
    with giving(path, at_once=1), holding(path), pytest.raises(Cancelled):
        Turn(path).take(heard.append, lambda: bool(heard))
    assert heard == [0]


def test_where_somebody_else_gives_the_turns_from_now_on_one_waits_there(tmp_path: Path) -> None:
    path = tmp_path / "turns"
    with giving(path, at_once=1), holding(path), waiting(path) as thread, giving(path, at_once=1):
        thread.join(30)  # there nobody else has a turn
        assert not thread.is_alive()


@pytest.mark.parametrize("where", [None, "nowhere"])
def test_where_nobody_gives_turns_a_run_goes_on(where: str | None, tmp_path: Path) -> None:
    turn = Turn(tmp_path / where if where else None, patience=0.0)
    assert turn.take(lambda _: pytest.fail("nobody is before it"), lambda: False) is False
    turn.give_back()
