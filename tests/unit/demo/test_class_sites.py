"""What a deployed site on a server for a class is asked, and what those who open it get."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from simple_deploy_local import sites

from simple_deploy.demo.classroom.server.sites import inwards, outwards, port_of

ADDRESS = b"https://class.example:8501"


def asked(*lines: str) -> list[str]:
    head = "\r\n".join(("POST /login/?next=/ HTTP/1.1", *lines)) + "\r\n\r\n"
    return inwards(head.encode(), 8100, ADDRESS).decode().removesuffix("\r\n\r\n").split("\r\n")


def answered(*lines: str) -> list[str]:
    head = "\r\n".join(("HTTP/1.1 302 Found", *lines)) + "\r\n\r\n"
    return outwards(head.encode(), 8100, ADDRESS).decode().removesuffix("\r\n\r\n").split("\r\n")


def test_the_site_is_asked_under_the_name_that_it_knows() -> None:
    found = asked("Host: class.example:8501", "Accept: */*", "Connection: keep-alive, Upgrade", "Upgrade: websocket")
    assert found == ["POST /login/?next=/ HTTP/1.1", "Host: 127.0.0.1:8100", "Connection: close", "Accept: */*"]


def test_where_a_form_was_sent_from_stays() -> None:
    assert "Origin: https://class.example:8501" in asked("Origin: https://class.example:8501")
    assert "Origin: https://class.example:8402" in asked("Origin: https://class.example:8402")


def test_nobody_speaks_for_a_proxy() -> None:
    assert len(asked("X-Forwarded-Proto: https", "X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4")) == 3


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a=1; simple_deploy_8402=secret; b=2", "a=1; b=2"),
        ("simple_deploy_8402 =secret;c=3", "c=3"),
        ("simple_deploy_8402=secret", None),
        ("csrftoken=x", "csrftoken=x"),
        ("site_8501_sessionid_blog=mine; site_8502_sessionid_blog=theirs", "sessionid_blog=mine"),
        ("site_8502_sessionid_blog=theirs", None),
        ("site_85011_sessionid_blog=theirs", None),
    ],
)
def test_no_cookie_of_a_dashboard_or_of_another_site_reaches_a_site(sent: str, kept: str | None) -> None:
    found = [line for line in asked(f"cOOkie: {sent}") if line.lower().startswith("cookie")]
    assert found == ([] if kept is None else [f"Cookie: {kept}"])


def test_the_cookie_of_a_session_comes_back_to_the_site_that_has_set_it_and_to_no_other() -> None:
    set_cookie = answered("Set-Cookie: sessionid_blog=mine; HttpOnly; Path=/; SameSite=Lax")[1]
    assert set_cookie == "Set-Cookie: site_8501_sessionid_blog=mine; HttpOnly; Path=/; SameSite=Lax"
    assert "Cookie: sessionid_blog=mine" in asked("Cookie: site_8501_sessionid_blog=mine")


def test_who_logs_out_has_no_cookie_left() -> None:
    gone = 'sessionid_blog=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/'
    assert answered(f"Set-Cookie: {gone}")[1:] == [f"Set-Cookie: site_8501_{gone}", f"Set-Cookie: {gone}"]


def test_a_site_sets_no_cookie_of_another_port_and_nothing_for_the_whole_host() -> None:
    found = answered(
        "Set-Cookie: simple_deploy_8402=x; Path=/simple-deploy/",
        "Set-Cookie: site_8502_sessionid_blog=x; HttpOnly",
        "Set-Cookie: csrftoken=y",
        'Clear-Site-Data: "*"',
        "Strict-Transport-Security: max-age=600",
    )
    assert found == ["HTTP/1.1 302 Found", "Set-Cookie: csrftoken=y"]


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("/posts/", "/posts/"),
        (
            "http://127.0.0.1:8100/posts/?a=http://127.0.0.1:8100/",
            "https://class.example:8501/posts/?a=http://127.0.0.1:8100/",
        ),
        ("HTTP://localhost:8100", "https://class.example:8501"),
        ("http://127.0.0.1:81000/", "http://127.0.0.1:81000/"),
        ("http://127.0.0.1:8100.evil.example/", "http://127.0.0.1:8100.evil.example/"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
    ],
)
def test_a_redirect_to_the_site_leads_to_where_it_was_opened(location: str, there: str) -> None:
    assert answered(f"Location: {location}") == ["HTTP/1.1 302 Found", f"Location: {there}"]


@pytest.mark.parametrize("line", ["no colon", " Host: a", "Host : a", ": a", "A: b\nHost: c", "A: b\rHost: c"])
def test_what_servers_understand_in_several_ways_is_not_passed_on(line: str) -> None:
    with pytest.raises(ConnectionError):
        asked("Accept: */*", line)


def test_the_newest_site_is_found_and_a_broken_record_is_none(tmp_path: Path) -> None:
    assert port_of(tmp_path / "nowhere") is None
    for name, port, when in (("old", 8100, 100), ("new", 8101, 200)):
        site = sites.Site(folder=tmp_path / name, project="/blog", port=port)
        site.folder.mkdir()
        site.record.write_text(site.to_json(), encoding="utf-8")
        os.utime(site.record, (when, when))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "site.json").write_text("{", encoding="utf-8")
    assert port_of(tmp_path) == 8101
