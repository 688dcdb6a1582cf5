"""What servers log about requests holds neither the access code nor a session."""

from __future__ import annotations

import logging

import pytest

from simple_deploy.web.masking import MaskingFactory, masked

SESSION = "Ab-_0123456789abcdefghij"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"GET /simple-deploy/?code=secret HTTP/1.1" 302 0', '"GET /simple-deploy/?code=… HTTP/1.1" 302 0'),
        ("/simple-deploy?code=secret", "/simple-deploy?code=…"),
        ("/simple-deploy/runs/?a=1&code=secret&b=2", "/simple-deploy/runs/?a=1&code=…&b=2"),
        ("/simple-deploy/?code=one&code=two", "/simple-deploy/?code=…&code=…"),
        (f"GET /simple-deploy/{SESSION}/runs/x/?after=3 200", "GET /simple-deploy/…/runs/x/?after=3 200"),
        (f"/simple-deploy/{SESSION}", "/simple-deploy/…"),
        (
            f"http://127.0.0.1:8000/simple-deploy/{SESSION}/ and /simple-deploy/{SESSION}/",
            "http://127.0.0.1:8000/simple-deploy/…/ and /simple-deploy/…/",
        ),
        ("/simple-deploy/static/0123456789ab/app.css", "/simple-deploy/static/0123456789ab/app.css"),
        ("/other/?code=kept", "/other/?code=kept"),
        ("/simple-deployment/?code=kept", "/simple-deployment/?code=kept"),
    ],
)
def test_what_is_hidden_and_what_is_not(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_records_of_every_shape() -> None:
    make = MaskingFactory(logging.LogRecord)
    path = f"/simple-deploy/{SESSION}/?code=secret"

    class Atoms(dict[str, object]):
        def __missing__(self, name: str) -> str:
            return "-"

    def record(message: object, *arguments: object) -> logging.LogRecord:
        return make("any.logger", logging.INFO, "file", 1, message, arguments, None)

    assert record('%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "GET", path, "1.1", 200).getMessage() == (
        '1.2.3.4:5 - "GET /simple-deploy/…/?code=… HTTP/1.1" 200'
    )
    assert record("%(r)s %(unheard of)s %(n)d", Atoms(r=path, n=3)).getMessage() == "/simple-deploy/…/?code=… - 3"
    apart = {
        "path": f"/simple-deploy/{SESSION}/",
        "query": "a=1&code=secret",
        "first": "code=secret&a=1",
        "status": 302,
    }
    assert record("%(path)s %(query)s %(first)s %(status)d", apart).getMessage() == (
        "/simple-deploy/…/ a=1&code=… code=…&a=1 302"
    )
    elsewhere = {"path": "/login/", "query": "code=kept"}
    assert record("%(path)s %(query)s", elsewhere).getMessage() == "/login/ code=kept"
    assert record(f"all in one: {path}").getMessage() == "all in one: /simple-deploy/…/?code=…"
    assert record(ValueError("no text")).getMessage() == "no text"
    assert record("nothing to %s", None).getMessage() == "nothing to None"
