"""The little HTTP there is: what is no plain GET is refused before anything looks at it."""

from __future__ import annotations

import pytest

from simple_deploy.present.share import http
from simple_deploy.present.share.http import Refused, Request


def head(first: str, *lines: str) -> bytes:
    return "\r\n".join([first, *lines, "", ""]).encode("latin-1")


def test_a_request_is_read() -> None:
    request = http.parse(head("GET /?code=k7m+2pq&x=1 HTTP/1.1", "Host: 10.0.0.1:8765", "Cookie: a=1; b=2"))
    assert request == Request(
        target="/", query={"code": "k7m 2pq", "x": "1"}, headers={"host": "10.0.0.1:8765", "cookie": "a=1; b=2"}
    )
    assert (request.cookie("b"), request.cookie("c")) == ("2", "")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "get", "CONNECT"])
def test_nothing_but_get_is_answered(method: str) -> None:
    with pytest.raises(Refused) as refused:
        http.parse(head(f"{method} / HTTP/1.1"))
    assert refused.value.status == 405


@pytest.mark.parametrize(
    "raw",
    [
        head("GET http://10.0.0.1/ HTTP/1.1"),
        head("GET / HTTP/2.0"),
        head("GET /"),
        head("GET  / HTTP/1.1"),
        head("GET / HTTP/1.1", "Content-Length: 5"),
        head("GET / HTTP/1.1", "Transfer-Encoding: chunked"),
        head("GET / HTTP/1.1", "Host: a", "Host: b"),
        head("GET / HTTP/1.1", "Host: a", " folded"),
        head("GET / HTTP/1.1", "Host : a"),
        head("GET / HTTP/1.1", ": a"),
        head("GET / HTTP/1.1", "no colon"),
        head("GET /\xe4 HTTP/1.1"),
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"\r\n\r\n",
        head("GET /?" + "&".join(f"a{n}=1" for n in range(20)) + " HTTP/1.1"),
    ],
)
def test_what_two_programs_could_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        http.parse(raw)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://10.0.0.1:8765"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "http://10.0.0.1:8766"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_a_page_of_another_site_is_told_apart(headers: dict[str, str], own: bool) -> None:
    assert Request(target="/stream", headers=headers).comes_from("http://10.0.0.1:8765") is own


def test_every_answer_lets_no_other_page_read_it() -> None:
    text = http.answer(200, "ä", type="text/html").decode()
    assert "Content-Length: 2\r\n" in text
    assert "default-src 'none'" in text
    assert "frame-ancestors 'none'" in text
    assert "Cross-Origin-Resource-Policy: same-origin" in text
    assert "Access-Control" not in text
    assert "unsafe" not in text
