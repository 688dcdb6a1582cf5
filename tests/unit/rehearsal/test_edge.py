"""The edge proxy: what it does to requests and answers, and that a site is really visited through it."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.rehearsal import World, free_port
from simple_deploy.rehearsal.edge import Site, inwards, outwards
from simple_deploy.rehearsal.world import alias
from tests.support.waiting import waited

SITE = Site(host="notes.pond.example", alias="notes-pond.localhost:8300", port=1)


def test_the_site_is_told_what_the_platform_would_tell_it() -> None:
    passed = inwards(
        {
            "Host": SITE.alias,
            "Origin": f"http://{SITE.alias}",
            "Referer": f"http://{SITE.alias}/login/?next=/",
            "X-Forwarded-Proto": "http",
            "x-forwarded-host": "elsewhere.example",
            "Cookie": "sessionid=1",
            "Connection": "keep-alive",
        },
        SITE,
        peer="127.0.0.1",
    )

    assert passed == {
        "Host": "notes.pond.example",
        "Origin": "https://notes.pond.example",
        "Referer": "https://notes.pond.example/login/?next=/",
        "Cookie": "sessionid=1",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "443",
    }


def test_a_foreign_origin_stays_foreign() -> None:
    assert inwards({"Origin": "http://evil.example"}, SITE, peer="127.0.0.1")["Origin"] == "http://evil.example"
    assert inwards({"Origin": "null"}, SITE, peer="127.0.0.1")["Origin"] == "null"


def test_the_browser_stays_on_this_computer() -> None:
    passed = outwards(
        [
            ("Location", "https://notes.pond.example/next/?a=1"),
            ("Set-Cookie", "sessionid=1; Domain=notes.pond.example; Path=/; Secure; HttpOnly; SameSite=Lax"),
            ("Strict-Transport-Security", "max-age=3600"),
            ("Transfer-Encoding", "chunked"),
            ("Content-Type", "text/html"),
        ],
        SITE,
    )

    assert passed == [
        ("Location", "http://notes-pond.localhost:8300/next/?a=1"),
        ("Set-Cookie", "sessionid=1; Path=/; HttpOnly; SameSite=Lax"),
        ("Content-Type", "text/html"),
    ]


def test_links_elsewhere_are_left_alone() -> None:
    assert outwards([("Location", "https://elsewhere.example/")], SITE) == [("Location", "https://elsewhere.example/")]
    assert outwards([("Location", "/relative/")], SITE) == [("Location", "/relative/")]


@given(st.text())
def test_any_host_has_a_local_name_that_browsers_look_up_here(host: str) -> None:
    label, _, rest = alias(host, "pond").partition("-pond.")

    assert rest == "localhost"
    assert label.strip("-") == label != ""


SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(f"{self.headers['Host']} {self.headers['X-Forwarded-Proto']} {self.path}".encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302)
        self.send_header("Location", f"https://{self.headers['Host']}/{body.decode()}/")
        self.send_header("Set-Cookie", "sessionid=1; Path=/; Secure; HttpOnly")
        self.send_header("X-Seen", f"{self.headers['Origin']} {self.headers['X-Forwarded-Proto']}")
        self.send_header("Content-Length", "0")
        self.end_headers()

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with one site that is up."""
    world = World(tmp_path_factory.mktemp("stage") / "pond")
    port = free_port()
    world.start("site", (sys.executable, "-c", SERVER, str(port)), cwd=world.folder, env={})
    world.publish("notes.pond.example", port=port)
    waited(lambda: visit(world, f"notes-pond.localhost:{world.edge_port()}")[0] != 502)
    yield world
    world.stop_all()


def visit(
    world: World, host: str, path: str = "/", method: str = "GET", body: str | None = None
) -> tuple[int, dict[str, str], str]:
    with closing(http.client.HTTPConnection("127.0.0.1", world.edge_port())) as connection:
        connection.request(method, path, body, {"Host": host})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


def test_a_site_is_visited_by_its_local_name(world: World) -> None:
    alias = f"notes-pond.localhost:{world.edge_port()}"

    assert world.address("notes.pond.example") == f"http://{alias}/"
    assert visit(world, alias, "/a/?b=1")[2] == "notes.pond.example https /a/?b=1"
    status, headers, _ = visit(world, alias, "/", "POST", "thanks")
    assert (status, headers["Location"]) == (302, f"http://{alias}/thanks/")


def test_plain_http_to_the_real_host_is_sent_to_https(world: World) -> None:
    status, headers, _ = visit(world, "notes.pond.example", "/a/")

    assert (status, headers["Location"]) == (301, "https://notes.pond.example/a/")


def test_a_host_nobody_published_is_named(world: World) -> None:
    status, _, text = visit(world, "other.pond.example")

    assert status == 404
    assert "other.pond.example" in text


def test_a_site_that_is_down_is_a_bad_gateway(world: World, tmp_path: Path) -> None:
    world.publish("down.pond.example", port=free_port())

    assert visit(world, f"down-pond.localhost:{world.edge_port()}")[0] == 502
    world.withdraw("down.pond.example")
    assert visit(world, f"down-pond.localhost:{world.edge_port()}")[0] == 404
