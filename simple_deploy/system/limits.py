"""How long a program may take: by the clock, or by what it works."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Protocol

#: What counts as getting on: this part of the limit, worked within the time of the limit. Whoever waits for a network
#: or for somebody who types works less; a program on a busy computer works more.
_PROGRESS = 0.005
LONGEST = 8  # times the limit, for all of it on a busy computer


def gets_on(limit: float, worked: float) -> bool:
    """Whether seconds *worked*, of as many as the limit has, tell that something is done."""
    return worked >= limit * _PROGRESS


class Limit(Protocol):
    """The time of one program, which has begun."""

    @property
    def seconds(self) -> float: ...

    def is_over(self) -> bool: ...


def of_time(seconds: float, *, clock: Callable[[], float] = time.monotonic) -> Limit:
    """So many seconds from now."""
    return _Time(seconds, clock)


def of_work(seconds: float, worked: Callable[[], float], *, clock: Callable[[], float] = time.monotonic) -> Limit:
    """So many seconds of work, or of waiting without getting on.

    :param worked: tells how many seconds were worked so far, see :func:`work_of`.
    """
    return _Work(seconds, worked, clock)


class _Time:
    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._clock, self._until = clock, clock() + seconds

    def is_over(self) -> bool:
        return self._clock() > self._until


class _Work:
    def __init__(self, seconds: float, worked: Callable[[], float], clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._worked, self._clock, self._noted = worked, clock, 0.0
        self._spell, self._whole = of_time(seconds, clock=clock), of_time(LONGEST * seconds, clock=clock)

    def is_over(self) -> bool:
        if not self._spell.is_over():
            return False
        worked = self._worked()
        got_on = gets_on(self.seconds, worked - self._noted)
        self._noted, self._spell = worked, of_time(self.seconds, clock=self._clock)
        return not got_on or worked >= self.seconds or self._whole.is_over()


def work_of(pid: int) -> float:
    """Seconds of processor time of a process and all that it started, as far as that is known."""
    import psutil  # not for a child process that only counts its own work

    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0.0
    total = 0.0
    for member in family:
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile, or is somebody else's
            times = member.cpu_times()
            # Of those that have ended Unix tells what they took; on Windows it is 0.
            total += times.user + times.system + times.children_user + times.children_system
    return total
