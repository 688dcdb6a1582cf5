"""Whether a site answers: real requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from simple_deploy.runs.health import health
from simple_deploy.system import http


@contextmanager
def site(answers: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """A site on this computer: by path, the status and where it sends to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, target = answers.get(self.path, (404, ""))
            self.send_response(status)
            if target:
                self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize(
    ("answers", "status", "answering", "opens"),
    [
        ({"/": (200, "")}, 200, True, ""),
        ({"/": (302, "/en/"), "/en/": (200, "")}, 200, True, ""),
        ({"/": (302, "https://elsewhere.example/")}, 302, True, ""),
        ({"/": (301, "/")}, 301, True, ""),
        ({"/admin/": (200, "")}, 404, True, "admin/"),
        ({}, 404, True, ""),
        ({"/": (500, "")}, 500, False, ""),
    ],
)
def test_a_site_is_asked_as_a_browser_asks(
    answers: Mapping[str, tuple[int, str]], status: int, answering: bool, opens: str
) -> None:
    with site(answers) as url:
        found = health(url, "/admin/", http.visit)
        assert (found.status, found.answers, found.opens) == (status, answering, f"{url}{opens}")


def test_a_site_that_nobody_serves_does_not_answer() -> None:
    with site({}) as url:
        pass
    found = health(url, None, http.visit)
    assert found.status is None
    assert not found.answers
