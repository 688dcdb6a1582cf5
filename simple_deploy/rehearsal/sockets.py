"""Sites that listen on a Unix socket, as some platforms ask them to; on a port where a system's Python has no such."""

from __future__ import annotations

import http.client
import re
import socket
from pathlib import Path

from simple_deploy.rehearsal.world import HOST, World, free_port

HAS_UNIX = hasattr(socket, "AF_UNIX")
_PORT = re.compile(rf"{re.escape(HOST)}:(\d+)")


def place(world: World, name: str) -> str:
    """Where a site can listen: the path of a Unix socket, or ``HOST:PORT``."""
    return str(world.socket_path(f"{name}.sock")) if HAS_UNIX else f"{HOST}:{free_port()}"


def clear(address: str) -> None:
    """Remove the file that a server which ended has left at *address*; the next one would not begin."""
    if not _PORT.fullmatch(address):
        Path(address).unlink(missing_ok=True)


def connect(address: str, *, timeout: float) -> socket.socket:
    """A connection to what listens at *address*, as :func:`place` gives it.

    :raises OSError: nothing does.
    """
    if found := _PORT.fullmatch(address):
        return socket.create_connection((HOST, int(found[1])), timeout=timeout)
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise OSError("this computer has no Unix sockets")
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def listens(address: str) -> bool:
    try:
        connect(address, timeout=1).close()
    except OSError:
        return False
    return True


class Connection(http.client.HTTPConnection):
    """Speaks HTTP with what listens at *address*."""

    def __init__(self, address: str, *, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._address, self._patience = address, timeout

    def connect(self) -> None:
        self.sock = connect(self._address, timeout=self._patience)
