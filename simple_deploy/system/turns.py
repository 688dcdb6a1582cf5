"""Waiting for a turn on a computer where several people's runs would be too many at once, as in a class.

Whoever gives the turns listens on a socket of the file system. A connection is a place in the queue: lines arrive that
say how many are before it, and then one that says it is its turn, which lasts as long as the connection does. So the
turn of a process that was killed is free at once.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

from simple_deploy.core.errors import Cancelled

GO = b"go"  # the line that says it is one's turn
_LOOK = 0.2  # seconds between two looks whether the run was cancelled
_CROWD = 2  # seconds to get in


class Turn:
    """The turn of one run.

    :param giver: the socket; None where nobody gives turns, so that none is waited for.
    :param patience: seconds for a giver that does not answer. Without one the run goes on: nobody is held up for ever.
    """

    def __init__(self, giver: Path | None, *, patience: float = 3.0) -> None:
        self._giver = giver
        self._patience = patience
        self._held: socket.socket | None = None

    def take(self, told: Callable[[int], None], cancelled: Callable[[], bool]) -> bool:
        """Wait for the turn.

        :param told: how many are before it, each time that changes.
        :returns: whether others were before it.
        :raises Cancelled: the run was cancelled meanwhile.
        """
        if self._giver is None or self._held is not None:
            return False
        numbers: list[int] = []

        def tell(before: int) -> None:
            numbers.append(before)
            told(before)

        heard = time.monotonic()
        while time.monotonic() - heard <= self._patience:
            place = _enter(self._giver)
            if place is not None and _comes(place, tell, cancelled):
                self._held = place
                break
            if place is not None:  # the giver ended, as one that another takes the place of
                place.close()
                heard = time.monotonic()
            if cancelled():
                raise Cancelled()
            time.sleep(_LOOK)
        return bool(numbers)

    def give_back(self) -> None:
        """Let somebody else have it; :meth:`take` may be called again."""
        if self._held is not None:
            self._held.close()
            self._held = None


def _enter(giver: Path) -> socket.socket | None:
    """A place in the queue; None where nobody listens."""
    if sys.platform == "win32":
        return None
    place = socket.socket(socket.AF_UNIX)
    # Where others are just being let in, the system lets this one in after them.
    place.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _CROWD, 0))
    try:
        place.connect(str(giver))
    except OSError:
        place.close()
        return None
    place.settimeout(_LOOK)
    return place


def _comes(place: socket.socket, tell: Callable[[int], None], cancelled: Callable[[], bool]) -> bool:
    """Wait until it is one's turn; false when the giver ends before."""
    said = b""
    while not cancelled():
        try:
            piece = place.recv(1024)
        except TimeoutError:
            continue
        except OSError:
            return False
        if not piece:
            return False
        *lines, said = (said + piece).split(b"\n")
        for line in lines:
            if line == GO:
                return True
            if line.isdigit():
                tell(int(line))
    return False
