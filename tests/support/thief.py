"""Another user of this computer with a server on a port of their own, who notes everything that browsers send it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

#: Drops the rights of root once all is imported: the other user need not be able to start or read this Python.
_BECOME = """
import encodings.idna, encodings.latin_1, json, os, socket, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if sys.argv[1] != "-":
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[1]))
"""

_SERVER = """
class Handler(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin-1")
        seen = {"line": self.requestline, "headers": dict(self.headers), "body": body}
        page = os.environ["THIEF_PAGE"].encode() if self.path == "/" else b""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        for cookie in os.environ["THIEF_COOKIES"].splitlines() if self.path == "/stolen" else ():
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(page)
        sys.stdout.write(json.dumps(seen) + "\\n")
        sys.stdout.flush()

    do_GET = do_POST = do_PUT = do_HEAD = do_OPTIONS = answer

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""

_KNOCK = """
with socket.create_connection((sys.argv[3], int(sys.argv[4])), 60) as connection:
    if sys.argv[5] == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
    connection.sendall(sys.stdin.buffer.read())
    if sys.argv[5] == "half":
        connection.shutdown(socket.SHUT_WR)
    while sys.argv[5] in ("wait", "half") and (piece := connection.recv(65536)):
        sys.stdout.buffer.write(piece)
"""


def nobody() -> tuple[str, str] | None:
    """User and group of somebody without any rights, or None where this process cannot become them."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    import pwd

    found = pwd.getpwnam("nobody")
    return str(found.pw_uid), str(found.pw_gid)


@dataclass(frozen=True)
class Thief:
    """:param port: of its server."""

    port: int
    _output: IO[str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def seen(self, until: str) -> list[dict[str, object]]:
        """Every request that came, up to the first one whose line holds *until*."""
        found = []
        for line in self._output:
            found.append(json.loads(line))
            if until in found[-1]["line"]:
                return found
        raise AssertionError("the server has ended")


@contextmanager
def thief(page: str, cookies: tuple[str, ...] = ()) -> Iterator[Thief]:
    """A server of another user; of the own one where this process cannot become another.

    :param page: what it answers at ``/``. :param cookies: what it sets at ``/stolen``, once it has seen all.
    """
    env = {**os.environ, "THIEF_PAGE": page, "THIEF_COOKIES": "\n".join(cookies)}
    argv = [sys.executable, "-c", _BECOME + _SERVER, *(nobody() or ("-", "-"))]
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            yield Thief(int(started.stdout.readline()), started.stdout)
        finally:
            started.kill()


def knock_as(who: tuple[str, str] | None, address: tuple[str, int], request: bytes, then: str = "wait") -> str:
    """What another user, or with None the own one, gets for *request*.

    :param then: ``wait`` for the answer, close one ``half`` and wait, or ``close`` or ``reset`` at once.
    """
    argv = [sys.executable, "-c", _BECOME + _KNOCK, *(who or ("-", "-")), address[0], str(address[1]), then]
    return subprocess.run(argv, input=request, capture_output=True, check=True).stdout.decode("utf-8", "replace")
