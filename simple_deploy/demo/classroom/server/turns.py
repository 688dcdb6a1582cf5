"""Gives pupils' runs their turns, so that not all work at once: a few do, and the others see how many are before them.

It is a process of nobody's: pupils can connect to it and do nothing else with it. Who asks it learns from the operating
system, not from what is said. An account has one turn at a time and one place in the queue, however often it asks; and
a turn that lasts too long is passed over, so that nobody can hold up the others. See :mod:`simple_deploy.system.turns`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from simple_deploy.demo.classroom.server import account
from simple_deploy.demo.classroom.server.pupils import ACCOUNT
from simple_deploy.system import files
from simple_deploy.system.turns import GO

#: Seconds after which those who wait do not wait for a turn any longer. The run goes on, beside one more.
LONGEST = 120.0
#: Connections of one account: its project's run and those of its rehearsals.
MOST = 8
_LOOK = 1.0  # seconds between two looks at whether turns last too long
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A place in the queue, and later a turn. :param owner: the number of the account."""

    owner: int


@dataclass(slots=True)
class Queue:
    """Who works, since when, and who waits. Pure: times are given.

    :param at_once: how many runs may work at once. :param longest: seconds that count against others.
    """

    at_once: int
    longest: float = LONGEST
    _working: dict[Place, float] = field(default_factory=dict)
    #: Accounts in their order, each with its places: whoever asks more often does not come more often.
    _waiting: dict[int, deque[Place]] = field(default_factory=dict)

    def enter(self, place: Place) -> bool:
        """Queue up. :returns: false where the account has too many places already."""
        waiting = self._waiting.get(place.owner, deque())
        if len(waiting) + sum(each.owner == place.owner for each in self._working) >= MOST:
            return False
        self._waiting.setdefault(place.owner, waiting).append(place)
        return True

    def leave(self, place: Place) -> None:
        """Give back the turn, or the place in the queue."""
        self._working.pop(place, None)
        places = self._waiting.get(place.owner)
        if places and place in places:
            places.remove(place)
        if not places:
            self._waiting.pop(place.owner, None)

    def admit(self, now: float) -> list[Place]:
        """Those whose turn it is from *now* on."""
        admitted = []
        while self._counting(now) < self.at_once and (place := self._next()) is not None:
            self._working[place] = now
            admitted.append(place)
        return admitted

    def queued(self) -> dict[Place, int]:
        """Those who wait, each with how many accounts are before it."""
        return {place: at for at, places in enumerate(self._waiting.values()) for place in places}

    def _counting(self, now: float) -> int:
        return sum(now - since < self.longest for since in self._working.values())

    def _next(self) -> Place | None:
        busy = {place.owner for place in self._working}
        owner = next((each for each in self._waiting if each not in busy), None)
        if owner is None:
            return None
        places = self._waiting.pop(owner)
        found = places.popleft()
        if places:
            self._waiting[owner] = places  # at the end of the queue
        return found


class Giver:
    """Listens for those who want a turn.

    :param owner_of: the account behind a connection; None for one that gets no turn.
    """

    def __init__(self, queue: Queue, owner_of: Callable[[socket.socket], int | None]) -> None:
        self._queue = queue
        self._owner_of = owner_of
        self._lines: dict[Place, asyncio.StreamWriter] = {}
        self._told: dict[Place, int] = {}

    async def serve(self, listener: socket.socket, path: Path) -> None:
        """Give turns until *path* leads elsewhere: the class is over, or another one gives them."""
        if sys.platform == "win32":
            return
        mine = path.lstat().st_ino
        server = await asyncio.start_unix_server(self._visit, sock=listener)
        async with server:
            while _inode(path) == mine:
                self._look()
                await asyncio.sleep(_LOOK)
            server.close()
            for line in [*self._lines.values()]:
                line.close()

    async def _visit(self, ear: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        owner = self._owner_of(line.get_extra_info("socket"))
        place = None if owner is None else Place(owner)
        try:
            if place is None or not self._queue.enter(place):
                return
            self._lines[place] = line
            self._look()
            await ear.read(1)  # nothing is asked, so that this is the end
        except OSError:
            pass  # it ended in another way
        finally:
            line.close()
            if place is not None and self._lines.pop(place, None) is not None:
                self._told.pop(place, None)
                self._queue.leave(place)
                self._look()

    def _look(self) -> None:
        """Tell everybody for whom something has changed."""
        for place in self._queue.admit(asyncio.get_running_loop().time()):
            self._say(place, GO)
        for place, before in self._queue.queued().items():
            if self._told.get(place) != before:
                self._told[place] = before
                self._say(place, str(before).encode())

    def _say(self, place: Place, word: bytes) -> None:
        line = self._lines.get(place)
        if line is not None and not line.is_closing():
            line.write(word + b"\n")


def give(path: Path, at_once: int) -> None:
    """Listen at *path* as an account that has no rights, until another takes its place or the class is over."""
    listener = listen(path)
    account.become(_NOBODY)
    asyncio.run(Giver(Queue(at_once), pupil_of).serve(listener, path))


def listen(path: Path) -> socket.socket:
    """A socket at *path* that every account may connect to; it takes the place of an earlier one at once."""
    if sys.platform == "win32":
        raise SystemExit("There are no such sockets here.")
    listener = socket.socket(socket.AF_UNIX)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    listener.bind(str(beside))
    beside.chmod(0o666)
    files.replace(beside, path)
    listener.listen(1024)
    listener.setblocking(False)
    return listener


def pupil_of(connection: socket.socket) -> int | None:
    """The number of the pupil's account that has connected; None for any other."""
    if sys.platform != "linux":
        return None
    import pwd

    _, user, _ = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    )
    with suppress(KeyError):
        if pwd.getpwuid(user).pw_name.startswith(ACCOUNT):
            return int(user)
    return None


def answers(path: Path) -> bool:
    """Whether somebody gives turns there."""
    if sys.platform == "win32":
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _inode(path: Path) -> int | None:
    try:
        return path.lstat().st_ino
    except OSError:
        return None
