"""A session from its first link to its end, and what a server's output reveals about it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.attacks.claims import proves
from tests.attacks.conftest import plant
from tests.attacks.door import HOME, Door
from tests.attacks.test_around import connections
from tests.attacks.test_load import RUN, going
from tests.support.project import child_environment, copy_project
from tests.support.waiting import waited
from tests.web.servers import Server, serving

SERVERS = ["runserver without reload", pytest.param("uvicorn", marks=pytest.mark.slow)]


@pytest.fixture(params=SERVERS)
def overheard(flat_project: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that is started for the first time ever in its project, and prints into a file that others can read."""
    project = copy_project(flat_project, tmp_path / "project")
    with serving(project, child_environment(tmp_path), request.param, readable=True) as server:
        yield server


def link(server: Server, *words: str) -> str:
    """What another terminal shows."""
    argv = [sys.executable, "-m", "simple_deploy", "link", *words]
    project, env = server.log.parent / "project", child_environment(server.log.parent)
    return subprocess.run(argv, cwd=project, env=env, capture_output=True, text=True, check=True).stdout.strip()


def entered(server: Server, code: str) -> Door:
    """A browser of its own that has shown *code*."""
    door = Door(Server(server.port, server.log, server.pid, host=server.host))
    shown = door.ask(path=f"{HOME}?code={code}", cookie=None)
    assert shown.status == 302, shown
    door.server.home, door.cookie = shown.headers["location"], shown.cookies[0].partition(";")[0]
    door.token = door.ask().body.split('name="token" value="')[1].split('"')[0]
    return door


@pytest.mark.slow
@proves(
    "A server is started for the first time, on its own port, and prints into a file that others can read; the "
    "link is requested in another terminal; the page is used, misused and left",
    "The link names the server's own port; neither the access code nor a session's address is in the file",
    number=12,
    closes=(2, 9),
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_leak_of_the_access_code_by_what_is_printed(overheard: Server) -> None:
    said = waited(
        lambda: next((line for line in overheard.output.splitlines() if "Deployment dashboard:" in line), None)
    )
    assert said == f"Deployment dashboard: {overheard.base}{HOME}"
    assert "`python -m simple_deploy link` shows the access code" in overheard.output
    address, _, code = link(overheard).partition("?code=")
    assert address == f"{overheard.base}{HOME}"
    door = entered(overheard, code)
    for path in ("runs/", "no-such-page/", "platforms/toy/", "static/x/app.css"):
        door.ask(path=HOME + path)
    door.ask(path=f"{HOME}?code={code}x", cookie=None)
    door.ask(path=f"{HOME}runs/?a=b&code={code}", host="evil.example")
    door.post(f"{HOME}sessions/end/")
    waited(lambda: "/sessions/end/" in overheard.output)
    waited(lambda: overheard.output.count("Deployment dashboard: http") == 2)
    now = link(overheard).partition("?code=")[2]
    for secret in (code, now, door.home.split("/")[-2], door.cookie.partition("=")[2]):
        assert secret and secret not in overheard.output


@pytest.mark.slow
@proves(
    "Every session is ended, with the page's button and with `python -m simple_deploy link --new`, while two "
    "browsers have one and follow a run",
    "The old addresses, cookies, tokens and code open nothing, and the streams end; the new code works",
    number=12,
)
@pytest.mark.parametrize("by", ["the page", "the terminal"])
def test_leak_of_the_access_code_is_ended(overheard: Server, by: str) -> None:
    waited(lambda: "Deployment dashboard:" in overheard.output)
    state = overheard.log.parent / "project" / ".simple_deploy"
    plant(state)
    run = going(state)
    before = link(overheard).partition("?code=")[2]
    one, other = entered(overheard, before), entered(overheard, before)
    assert one.home != other.home
    assert one.ask(cookie=other.cookie).refused, "an address and a cookie belong together"
    streams = [
        threading.Thread(target=door.ask, kwargs={"path": f"{HOME}{path}"})
        for door in (one, other)
        for path in (f"runs/{RUN}/stream/", "watch/")
    ]
    for stream in streams:
        stream.start()
    waited(lambda: len([each for each in connections(one) if each.status == psutil.CONN_ESTABLISHED]) >= len(streams))
    if by == "the page":
        ended = one.post(f"{HOME}sessions/end/")
        assert (ended.status, ended.headers["location"]) == (303, HOME)
        after = link(overheard).partition("?code=")[2]
    else:
        after = link(overheard, "--new").partition("?code=")[2]
    assert after != before
    for door in (one, other):
        assert door.ask().refused
        assert door.post(f"{HOME}platforms/toy/", form={"option-app_name": "shop"}).refused
        assert door.ask(path=f"{HOME}?code={before}", cookie=None).refused
    for stream in streams:
        stream.join()
    run.writer.close()
    assert entered(overheard, after).ask().status == 200
