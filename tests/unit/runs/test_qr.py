"""A picture of a site's address, for whoever can reach it."""

from __future__ import annotations

import sys

import pytest

from simple_deploy.runs import qr


@pytest.mark.parametrize(
    "url",
    ["https://blog.example.com/", "https://slow-train.fly.dev/", "http://93.184.216.34/", "https://[2606:4700::1]/"],
)
def test_a_site_on_the_internet_has_one(url: str) -> None:
    assert qr.for_others(url).startswith("data:image/svg+xml")


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://localhost:8100/",
        "http://blog.localhost:8100/",
        "http://127.0.0.1:8100/",
        "http://[::1]:8100/",
        "http://192.168.1.20:8100/",
        "http://server/",
        "http://server.local/",
        "https://blog.test/",
        "https://blog.example/",
    ],
)
def test_a_site_that_a_phone_cannot_reach_has_none(url: str | None) -> None:
    assert qr.for_others(url) == ""


def test_without_the_library_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    assert qr.for_others("https://blog.example.com/") == ""
