"""Ctrl-C while a run works: first it asks, then it insists."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from simple_deploy.cli.interrupt import Interrupts
from simple_deploy.core.errors import StateUnusable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a signal to oneself ends the process there")


def press(number: signal.Signals = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)
    signal.sigpending()  # a call into Python, so that the handler has run


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_first_one_asks_the_run_to_stop(name: str) -> None:
    number = signal.Signals[name]
    asked: list[str] = []
    before = signal.getsignal(number)
    with Interrupts(lambda: asked.append("stop")):
        press(number)
        assert asked == ["stop"]
    assert signal.getsignal(number) == before


def test_the_second_one_stops_at_once() -> None:
    asked: list[str] = []
    before = signal.getsignal(signal.SIGINT)  # ignored where the tests run in the background of a shell
    with pytest.raises(KeyboardInterrupt), Interrupts(lambda: asked.append("stop")):
        press()
        press()
    assert asked == ["stop"] and signal.getsignal(signal.SIGINT) == before


def test_it_stops_at_once_when_asking_fails() -> None:
    def full() -> None:
        raise StateUnusable("There is no space left on the disk.")

    with pytest.raises(KeyboardInterrupt), Interrupts(full):
        press()


def test_outside_the_main_thread_there_is_nothing_to_catch() -> None:
    entered: list[bool] = []

    def work() -> None:
        with Interrupts(lambda: None):
            entered.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered == [True]
