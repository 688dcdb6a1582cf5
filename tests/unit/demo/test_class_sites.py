"""What a deployed site on a server for a class is asked, and what those who open it get."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from simple_deploy_local import sites

from simple_deploy.demo.classroom.server.sites import Here, deployed, inwards, outwards, rehearsed
from simple_deploy.rehearsal import World, edge, free_port
from simple_deploy.rehearsal.edge import Site

ADDRESS = b"https://class.example:8501"
HERE = Here(8100, b"127.0.0.1:8100")
#: As the proxy of a simulated platform knows it.
REHEARSED = Site(host="blog.pond.example", alias="blog-pond.localhost:8300", port=1)
BEHIND = Here(8300, REHEARSED.alias.encode())


def asked(*lines: str, here: Here = HERE) -> list[str]:
    head = "\r\n".join(("POST /login/?next=/ HTTP/1.1", *lines)) + "\r\n\r\n"
    return inwards(head.encode(), here, ADDRESS).decode().removesuffix("\r\n\r\n").split("\r\n")


def answered(*lines: str, here: Here = HERE) -> list[str]:
    head = "\r\n".join(("HTTP/1.1 302 Found", *lines)) + "\r\n\r\n"
    return outwards(head.encode(), here, ADDRESS).decode().removesuffix("\r\n\r\n").split("\r\n")


def test_the_site_is_asked_under_the_name_that_it_knows() -> None:
    found = asked("Host: class.example:8501", "Accept: */*", "Connection: keep-alive, Upgrade", "Upgrade: websocket")
    assert found == ["POST /login/?next=/ HTTP/1.1", "Host: 127.0.0.1:8100", "Connection: close", "Accept: */*"]


def test_a_form_of_the_site_comes_from_the_site() -> None:
    assert "Origin: http://127.0.0.1:8100" in asked("Origin: https://class.example:8501")
    assert "Referer: http://127.0.0.1:8100/login/" in asked("Referer: https://class.example:8501/login/")


@pytest.mark.parametrize(
    "line",
    [
        "Origin: https://class.example:8402",
        "Origin: https://class.example:85011",
        "Origin: null",
        "Referer: https://class.example:8501.evil.example/",
        "Referer: https://evil.example/https://class.example:8501/",
    ],
)
def test_a_form_from_elsewhere_stays_one(line: str) -> None:
    assert line in asked(line)


def test_a_rehearsed_site_is_asked_and_answers_as_its_platform_has_it() -> None:
    head = asked("Origin: https://class.example:8501", "Host: other-pond.localhost:8300", here=BEHIND)
    told = edge.inwards(dict(line.split(": ", 1) for line in head[1:]), REHEARSED, peer="127.0.0.1")
    assert (told["Host"], told["Origin"]) == ("blog.pond.example", "https://blog.pond.example")

    back = edge.outwards([("Location", "https://blog.pond.example/posts/")], REHEARSED)
    found = answered(*(": ".join(each) for each in back), here=BEHIND)
    assert found[1:] == ["Location: https://class.example:8501/posts/"]


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
    assert deployed(tmp_path / "nowhere") is None
    for name, port, when in (("old", 8100, 100), ("new", 8101, 200)):
        site = sites.Site(folder=tmp_path / name, project="/blog", port=port)
        site.folder.mkdir()
        site.record.write_text(site.to_json(), encoding="utf-8")
        os.utime(site.record, (when, when))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "site.json").write_text("{", encoding="utf-8")
    assert deployed(tmp_path) == Here(8101, b"127.0.0.1:8101")


def test_of_a_rehearsal_other_computers_see_the_site_that_is_shown_and_nothing_else(tmp_path: Path) -> None:
    world = World(tmp_path / "pond")
    assert rehearsed(world) is None
    assert not world.folder.exists()
    for host in ("blog.pond.example", "api.pond.example"):
        world.publish(host, port=free_port())
    try:
        assert rehearsed(world) is None
        world.show("blog.pond.example")
        port = world.edge_port()
        assert port is not None
        assert rehearsed(world) == Here(port, f"blog-pond.localhost:{port}".encode())
        world.withdraw("blog.pond.example")
        assert rehearsed(world) is None
    finally:
        world.stop_all()
    (world.folder / "state.sqlite3").write_bytes(b"no database")
    assert rehearsed(world) is None
