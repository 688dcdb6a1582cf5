"""Whose program holds the other end of a connection, as far as the operating system tells anybody.

Linux lists every TCP socket with the user who made it, in ``/proc/net/tcp`` and ``/proc/net/tcp6`` (proc_net(5)). The
list is that of one network namespace: what a virtual machine or another container passes in from outside is not on it.
Elsewhere the answer is that nobody knows.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_ESTABLISHED = 1
_ROOT = 0
_FIRST_PROCESSES = "pid:[4026531836]"  # PROC_PID_INIT_INO: the same on every Linux


class Holder(Enum):
    """Who holds the other end."""

    OWN = "own"  # a program of the server's user
    OTHER = "other"  # one of somebody else who uses this system
    GONE = "gone"  # nobody any more
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A connection, as the server sees it.

    :param peer: address and port of the other end. :param port: the server's own. :param own: its address, if known.
    """

    peer: tuple[Address, int]
    port: int
    own: Address | None = None

    def is_named_by(self, row: Row) -> bool:
        """Whether *row* is the other end of this connection and of no other."""
        return self.own is not None and row.local == self.peer and row.remote == (self.own, self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the list. :param inode: 0 once no program holds the socket."""

    local: tuple[Address, int]
    remote: tuple[Address, int]
    state: int
    user: int
    inode: int


def holder(meta: Mapping[str, Any]) -> Holder:
    """Who holds the other end of the connection that a request came by.

    :param meta: the request's, with ``REMOTE_ADDR`` and ``SERVER_PORT``. Where the server gives no ``REMOTE_PORT`` and
        no socket stands behind ``wsgi.input``, nobody knows.
    """
    ends = _ends(meta) if sys.platform == "linux" else None
    if ends is None:
        return Holder.UNKNOWN
    found = judge(ends, _rows(ends), own=_own_users(), lives_here=_lives_here)
    if found is Holder.UNKNOWN:
        # The list is no snapshot: an end that was closed while it was read is seen to be gone the second time.
        found = judge(ends, _rows(ends), own=_own_users(), lives_here=_lives_here)
    return found


def judge(ends: Ends, rows: Iterable[Row], *, own: frozenset[int], lives_here: Callable[[int], bool]) -> Holder:
    """What the list says.

    :param own: users who count as the owner.
    :param lives_here: whether a user is known to use this system, rather than to be outside a container.
    """
    rows = list(rows)
    theirs = [row for row in rows if row.local == ends.peer]
    # One port may lead to several places. Where none of them is ours, the kernel has turned the connection here.
    theirs = [row for row in theirs if row.remote[1] == ends.port] or theirs
    if not theirs:
        # Someone outside holds it, if it is held at all. Our own end goes when the other one hangs up.
        ours = (row for row in rows if row.remote == ends.peer and row.local[1] == ends.port)
        return Holder.UNKNOWN if any(row.state == _ESTABLISHED for row in ours) else Holder.GONE
    if any(row.inode == 0 for row in theirs):
        return Holder.GONE
    users = {row.user for row in theirs} - own
    # Root's own programs pass on what comes from outside: ports of containers and of virtual machines. Root needs no
    # door, since it can read everything here.
    if any(lives_here(user) for user in users - {_ROOT}):
        return Holder.OTHER
    return Holder.UNKNOWN if users else Holder.OWN


def parse(table: str) -> Iterator[Row]:
    """The rows of ``/proc/net/tcp`` or ``tcp6``."""
    for line in table.splitlines():
        fields = line.split()
        if len(fields) > 9 and ":" in fields[1]:
            yield Row(
                local=_end(fields[1]),
                remote=_end(fields[2]),
                state=int(fields[3], 16),
                user=int(fields[7]),
                inode=int(fields[9]),
            )


def plain(text: str) -> Address:
    """An address without its zone; IPv4 in the clothes of IPv6 as what it is.

    :raises ValueError: it is no address.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _end(text: str) -> tuple[Address, int]:
    """An address as the list has it: words of 32 bits in this machine's order, in hexadecimal digits."""
    words, _, port = text.partition(":")
    packed = b"".join(int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8))
    return plain(str(ipaddress.ip_address(packed))), int(port, 16)


def _rows(ends: Ends) -> Iterator[Row]:
    port = f":{ends.peer[1]:04X} "
    names = ("tcp", "tcp6") if ends.peer[0].version == 4 else ("tcp6", "tcp")
    for name in names:
        with contextlib.suppress(FileNotFoundError):  # there is no IPv6 here
            table = Path("/proc/self/net", name).read_text(encoding="ascii")
            rows = [*parse("\n".join(line for line in table.splitlines() if port in line))]
            yield from rows
            if any(map(ends.is_named_by, rows)):
                return  # the system takes milliseconds for each list


def _ends(meta: Mapping[str, Any]) -> Ends | None:
    own, behind = _socket_behind(meta.get("wsgi.input"))
    given: Any = meta.get("REMOTE_PORT") or behind
    try:
        ends = Ends(peer=(plain(str(meta["REMOTE_ADDR"])), int(given)), port=int(meta["SERVER_PORT"]), own=own)
    except (KeyError, TypeError, ValueError):
        return None
    return ends if ends.port else None


def _socket_behind(stream: Any) -> tuple[Address | None, int | None]:
    """The server's address and the other end's port, from the socket that a request is read from.

    ``runserver`` tells only the other end's address. Django wraps what it reads from into a stream that ends with the
    request. The port is 0 for a socket whose other end is gone, None where there is no socket.
    """
    inner = getattr(getattr(stream, "_read", None), "__self__", stream)
    try:
        number = inner.fileno()
    except (AttributeError, OSError, ValueError):
        return None, None
    try:
        with socket.socket(fileno=os.dup(number)) as connection:
            return plain(str(connection.getsockname()[0])), int(connection.getpeername()[1])
    except OSError:
        return None, 0
    except ValueError:  # no address: a socket of the file system
        return None, None


def _own_users() -> frozenset[int]:
    """The user of this process; for a server that was started by sudo, also the one who did."""
    if sys.platform == "win32":
        return frozenset()
    mine = {os.getuid(), os.geteuid()}
    behind = os.environ.get("SUDO_UID", "")
    return frozenset(mine | ({int(behind)} if _ROOT in mine and behind.isdecimal() else set()))


def _lives_here(user: int) -> bool:
    """Whether a socket of *user* is one of this system: always so, but in a container that shares the network of its
    host, where the owner's browser may run outside as a user who means nothing here."""
    try:
        if str(Path("/proc/self/ns/pid").readlink()) == _FIRST_PROCESSES:
            return True
    except OSError:
        pass
    if not Path("/proc/1/status").exists():
        return True  # the processes of others are hidden from us
    return any(user in _users_of(folder) for folder in Path("/proc").glob("[0-9]*"))


def _users_of(process: Path) -> set[int]:
    """Real, effective, saved and file system user of a process; what its folder says can be changed by itself."""
    try:
        lines = (process / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {int(word) for line in lines if line.startswith("Uid:") for word in line.split()[1:]}
