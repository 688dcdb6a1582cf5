"""A server that notes what it is asked and gives one answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request. Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """What the body says, as JSON."""
        return json.loads(self.body)


@dataclass
class Listener:
    """:param status: of the answer. :param answer: its body, which is sent as JSON. :param port: where it listens."""

    status: int = 200
    answer: Any = None
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    def visited(self, url: str) -> str:
        """*url*, but at this server."""
        return urlsplit(url)._replace(scheme="http", netloc=f"127.0.0.1:{self.port}").geturl()


@contextmanager
def listening() -> Iterator[Listener]:
    """A server, until the block ends."""
    listener = Listener()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"listener": listener}))
    listener.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield listener
    server.shutdown()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    listener: Listener

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.listener.asked.append(Asked(method=self.command, path=self.path, headers=headers, body=body))
        data = json.dumps(self.listener.answer).encode()
        self.send_response(self.listener.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _reply

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
