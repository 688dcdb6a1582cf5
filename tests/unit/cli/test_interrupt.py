"""Ctrl-C while a run works: first it asks, then it insists."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from simple_deploy.cli.interrupt import Interrupts
from simple_deploy.core.errors import StateUnusable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a signal to oneself ends the process there")


SIGNALS = () if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def press(number: signal.Signals = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)
    signal.sigpending()  # a call into Python, so that the handler has run


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Signals that count, also where the tests run in the background of a shell, which ignores them."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_one_asks_the_run_to_stop(number: signal.Signals) -> None:
    asked: list[int] = []
    with Interrupts(asked.append):
        press(number)
        assert asked == [number]
    assert signal.getsignal(number) == signal.default_int_handler


@pytest.mark.parametrize("number", SIGNALS)
def test_one_that_is_ignored_does_not(number: signal.Signals) -> None:
    asked: list[int] = []
    signal.signal(number, signal.SIG_IGN)  # as nohup and shells do for what is to go on in the background
    with Interrupts(asked.append):
        press(number)
    assert asked == [] and signal.getsignal(number) == signal.SIG_IGN


def test_the_second_one_stops_at_once() -> None:
    asked: list[int] = []
    with pytest.raises(KeyboardInterrupt), Interrupts(asked.append):
        press()
        press()
    assert asked == [signal.SIGINT] and signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_it_stops_at_once_when_asking_fails() -> None:
    def full(number: int) -> None:
        raise StateUnusable("There is no space left on the disk.")

    with pytest.raises(KeyboardInterrupt), Interrupts(full):
        press()


def test_outside_the_main_thread_there_is_nothing_to_catch() -> None:
    entered: list[bool] = []

    def work() -> None:
        with Interrupts(lambda number: None):
            entered.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered == [True]
