"""Ctrl-C, and being told to end, while a run works."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

from simple_deploy.core.errors import SimpleDeployError

#: Ctrl-C, the end of the process, the end of its terminal, and Ctrl-Break on Windows.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Interrupts:
    """While this is entered, the first signal to stop asks the run to stop at the next safe moment, where its programs
    are ended and the project is whole. A second Ctrl-C stops at once.

    Signals that are ignored stay so: nohup ignores the end of the terminal, and a shell Ctrl-C in the background.

    :param cancel: asks the run to stop, because of this signal. It is called between any two instructions, so it must
        not wait for a lock.
    """

    def __init__(self, cancel: Callable[[int], None]) -> None:
        self._cancel = cancel
        self._asked = False
        self._before: list[tuple[int, Any]] = []

    def __enter__(self) -> None:
        for number in (getattr(signal, name, None) for name in _NAMES):
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                with suppress(ValueError):  # not in the main thread
                    self._before.append((number, signal.signal(number, self._stop)))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._asked = True
        try:
            self._cancel(number)
        except (SimpleDeployError, OSError) as error:  # it cannot even be written down
            raise KeyboardInterrupt from error
