"""What stands between a platform's edge and an app: it serves folders, and passes everything else on to the app.

A location says what happens below a path: ``root`` is the folder it serves, ``passthru`` passes on what is not there,
``allow`` says whether its files are served at all.
"""

from __future__ import annotations

import http.client
import json
import mimetypes
import os
import sys
from collections.abc import Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from simple_deploy.rehearsal import serving, sockets
from simple_deploy.rehearsal.world import HOST, World, python_path

Locations = Mapping[str, Mapping[str, Any]]

_LOCATIONS = "LOCATIONS"
_HOPS = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"})
PATIENCE = 60.0  # seconds an app may take to answer


def location_of(path: str, locations: Locations) -> tuple[str, Mapping[str, Any]]:
    """The location that a path belongs to: the longest that it begins with."""
    fitting = [each for each in locations if path == each or path.startswith(f"{each.rstrip('/')}/")]
    longest = max(fitting, key=len, default="")
    return longest, locations.get(longest, {})


def file_of(path: str, prefix: str, root: Path) -> Path | None:
    """The file below *root* that *path* means; None where there is none, or it lies elsewhere."""
    inner = unquote(path[len(prefix.rstrip("/")) :]).lstrip("/")
    found = (root / inner).resolve()
    return found if found.is_file() and found.is_relative_to(root.resolve()) else None


def make_server(app: Path, locations: Locations, upstream: str, port: int = 0) -> ThreadingHTTPServer:
    """The router of the app in the folder *app*, not serving yet.

    :param upstream: where the app listens.
    """
    server = ThreadingHTTPServer((HOST, port), partial(_Handler, app, locations, upstream))
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, app: Path, locations: Locations, upstream: str, *arguments: Any) -> None:
        self.app, self.locations, self.upstream = app, locations, upstream
        super().__init__(*arguments)

    def _route(self) -> None:
        path = urlsplit(self.path).path
        prefix, location = location_of(path, self.locations)
        root = location.get("root")
        found = file_of(path, prefix, self.app / str(root)) if root and location.get("allow", True) else None
        if found is not None:
            kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
            self._say(200, found.read_bytes(), kind)
        elif location.get("passthru"):
            self._pass_on()
        else:
            self._say(404 if location.get("allow", True) else 403, b"Not found\n", "text/plain")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _route

    def _pass_on(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        connection = sockets.Connection(self.upstream, timeout=PATIENCE)
        try:
            sent = {name: value for name, value in self.headers.items() if name.lower() not in _HOPS}
            connection.request(self.command, self.path, body, sent)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._say(502, f"The app does not answer: {error}\n".encode(), "text/plain")
            return
        finally:
            connection.close()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOPS | {"content-length"}:
                self.send_header(name, value)
        self._body(content)

    def _say(self, status: int, content: bytes, kind: str) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self._body(content)

    def _body(self, content: bytes) -> None:
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are the app's own business to log."""


def start(world: World, process: str, app: Path, locations: Locations, *, upstream: str, port: int) -> None:
    """Have the process *process* of the world serve *app* at *port*, and wait until it listens.

    :param upstream: where the app listens, as :func:`simple_deploy.rehearsal.sockets.place` gives it.
    """
    argv = (sys.executable, "-m", "simple_deploy.rehearsal", "front", str(app), upstream, str(port))
    env = {**python_path(), _LOCATIONS: json.dumps(locations)}
    world.start(process, argv, cwd=world.folder, env=env)
    serving.wait_for(world, process, f"{HOST}:{port}")


def serve(app: str, upstream: str, port: str) -> None:
    """Serve until the process ends; the locations come in a variable."""
    make_server(Path(app), json.loads(os.environ[_LOCATIONS]), upstream, int(port)).serve_forever()
