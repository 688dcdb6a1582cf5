"""Ports for programs that are told which one to listen on."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections import deque
from pathlib import Path

from tests.support.waiting import waited

#: So many ports are kept from everybody else at a time.
KEPT = 64
_HELD: deque[socket.socket] = deque()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody else is given while the program is on its way that is to listen there.

    It is bound, so the system does not hand it out again; but nobody listens, so a server may bind it too, as it may
    after a restart. Only Linux allows that: elsewhere the port is let go at once.
    """
    held = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((host, 0))
    _HELD.append(held)
    port = int(held.getsockname()[1])
    while len(_HELD) > (KEPT if sys.platform == "linux" else 0):
        _HELD.popleft().close()
    return port


def listens(port: int | Path, host: str = "127.0.0.1") -> bool:
    """Whether somebody takes connections there. :param port: or the path of a Unix socket."""
    family = socket.AF_UNIX if isinstance(port, Path) else socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(str(port) if isinstance(port, Path) else (host, port)) == 0


def wait_until_it_listens(
    server: subprocess.Popen[bytes], port: int | Path, host: str = "127.0.0.1", *, log: Path | None = None
) -> None:
    """:param log: takes the server's output.

    :raises AssertionError: it has ended, or does not listen; with the end of its output.
    """

    def said() -> str:
        return log.read_text(encoding="utf-8", errors="replace")[-4000:] if log else ""

    def is_there() -> bool:
        assert server.poll() is None, f"the server ended with exit code {server.returncode}:\n{said()}"
        return listens(port, host)

    waited(is_there, lambda: f"the server does not listen:\n{said()}")
