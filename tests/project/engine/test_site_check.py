"""Visiting a deployed site: what decides whether it is up, and what is only looked at."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import ClassVar

import pytest

from simple_deploy.core.findings import Finding
from simple_deploy.engine.context import SystemClock
from simple_deploy.engine.site_check import SiteCheck

LOGIN = b"""<form method="post"><input type="hidden" name="token" value="t1"><input name="username">
<input type="password" name="password"></form>"""


class Slow(BaseHTTPRequestHandler):
    """Shows a login form, and gives no answer to who sends it."""

    sent: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(LOGIN)))
        self.end_headers()
        self.wfile.write(LOGIN)

    def do_POST(self) -> None:
        self.sent.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of it is printed."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_login_that_takes_too_long_leaves_the_site_up(address: str) -> None:
    notes: list[str] = []
    warnings: list[Finding] = []
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: None)

    SiteCheck(None, clock=clock, cancelled=lambda: None, note=notes.append, warn=warnings.append)(address, within=0)

    assert notes[0] == f"{address} answers 200"
    assert notes[1].startswith(f"the login form at {address} was not tried to its end: ")
    assert warnings == []


def test_the_login_form_is_sent_without_a_password_that_would_count_as_a_wrong_one(address: str) -> None:
    Slow.sent.clear()
    warnings: list[Finding] = []
    check = SiteCheck(None, clock=SystemClock(), cancelled=lambda: None, note=lambda text: None, warn=warnings.append)
    check(address, within=0)
    assert Slow.sent == ["token=t1&username=&password="]
    assert warnings == []
