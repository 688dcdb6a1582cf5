"""Reads what a person types, and looks around while they think."""

from __future__ import annotations

import getpass
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Protocol, TextIO

POLL = 0.2  # seconds between two looks around


class Keyboard(Protocol):
    def line(self, ask: Callable[[], None], *, hidden: bool, meanwhile: Callable[[], None]) -> str:
        """One line, without its end.

        :param ask: writes the question, once an answer to it would be read.
        :param hidden: do not show what is typed.
        :param meanwhile: called again and again until the line is there; what it raises ends the waiting.
        :raises EOFError: there is nothing more to come.
        """


if sys.platform == "win32":

    class ConsoleKeyboard:
        """A Windows console. Nothing can be waited for together with a line there, so *meanwhile* is not called:
        the terminal's own answer is the only one."""

        def __init__(self, stdin: TextIO) -> None:
            self._stdin = stdin

        def line(self, ask: Callable[[], None], *, hidden: bool, meanwhile: Callable[[], None]) -> str:
            with _interruptible():
                ask()
                return getpass.getpass("") if hidden else input()

else:
    import select
    import termios

    class ConsoleKeyboard:
        """A POSIX terminal. Bytes are read past Python's own buffer, in which a second line would hide."""

        def __init__(self, stdin: TextIO) -> None:
            self._descriptor = stdin.fileno()
            self._encoding = stdin.encoding
            self._typed = b""

        def line(self, ask: Callable[[], None], *, hidden: bool, meanwhile: Callable[[], None]) -> str:
            with _interruptible(), _unseen(self._descriptor) if hidden else nullcontext():
                ask()
                while b"\n" not in self._typed:
                    if not select.select([self._descriptor], [], [], POLL)[0]:
                        meanwhile()
                        continue
                    some = os.read(self._descriptor, 65_536)
                    if not some:
                        raise EOFError
                    self._typed += some
            line, _, self._typed = self._typed.partition(b"\n")
            return line.decode(self._encoding, "replace").rstrip("\r")

    @contextmanager
    def _unseen(descriptor: int) -> Iterator[None]:
        before = termios.tcgetattr(descriptor)
        without_echo = [*before]
        without_echo[3] &= ~termios.ECHO
        # What was typed before the question was there is thrown away, as getpass does it.
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, without_echo)
        try:
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _interruptible() -> Iterator[None]:
    """While a line is read, Ctrl-C ends that at once, whatever else it means while a run works."""
    before = None
    with suppress(ValueError):  # not in the main thread: then nobody presses Ctrl-C here
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
