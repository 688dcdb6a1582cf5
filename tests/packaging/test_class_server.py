"""A server for a class, with two pupils, one of whom would like to see what the other does."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from simple_deploy.demo.classroom.server import account
from simple_deploy.demo.classroom.server.caretaker import command
from simple_deploy.demo.classroom.server.pupils import Pupil, Room, open_class
from tests.browser.conftest import FLAGS
from tests.conftest import lacks
from tests.support.accounts import reachable_python
from tests.support.checkout import copy_checkout
from tests.support.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]

PATIENCE = 1_200_000  # milliseconds

#: What a pupil tries at another one's. Each line ends with whether it went well.
ATTACKS = """
import json, os, socket, sys
theirs, inner, front, server, key = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
turns, giver = sys.argv[7], int(sys.argv[8])
def connected(path):
    with socket.socket(socket.AF_UNIX) as found:
        found.connect(path)
def asked(path):
    with socket.create_connection(("127.0.0.1", inner), timeout=20) as found:
        found.sendall(f"GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1:{inner}\\r\\nConnection: close\\r\\n\\r\\n".encode())
        answer = found.recv(100)
    if b" 200 " not in answer and b" 302 " not in answer:
        raise PermissionError(answer.decode())
tries = {
    "list the folder": lambda: os.listdir(theirs),
    "read the access code": lambda: open(theirs + "/simple-deploy-demo/.simple_deploy/token").read(),
    "read the settings": lambda: open(theirs + "/simple-deploy-demo/manage.py").read(),
    "write a file": lambda: open(theirs + "/mine", "w"),
    "enter the queue": lambda: connected(theirs + "/redis/socket"),
    "read the variables": lambda: open(f"/proc/{server}/environ").read(),
    "end the server": lambda: os.kill(server, 15),
    "read the key": lambda: open(key).read(),
    "read the key in memory": lambda: open(f"/proc/{front}/mem", "rb").read(1),
    "ask without a code": lambda: asked("/simple-deploy/"),
    "end who gives the turns": lambda: os.kill(giver, 15),
    "look into who gives the turns": lambda: open(f"/proc/{giver}/mem", "rb").read(1),
    "take the place of who gives the turns": lambda: os.unlink(turns),
    "ask with the own code": lambda: asked("/simple-deploy/?code=" + sys.argv[6]),
}
result = {}
for name, attempt in tries.items():
    try:
        attempt()
        result[name] = "done"
    except OSError as error:
        result[name] = type(error).__name__
print(json.dumps(result))
"""

#: Listens in the place of a server that is down, and writes down what it is told.
IMPOSTOR = """
import socket, sys
with socket.socket() as here:
    here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    here.bind(("127.0.0.1", int(sys.argv[1])))
    here.listen()
    print("listening", flush=True)
    while True:
        there, _ = here.accept()
        there.settimeout(20)
        try:
            print("told", there.recv(1000), flush=True)
        except OSError:
            print("told nothing", flush=True)
"""

#: Takes a turn, says what it is told, and holds it until it is killed.
HOLDS_A_TURN = """
import socket, sys
with socket.socket(socket.AF_UNIX) as turn:
    turn.connect(sys.argv[1])
    for line in turn.makefile():
        print(line.strip(), flush=True)
"""

#: Asks for turns as often as it can.
ASKS_WITHOUT_END = """
import socket, sys
print("asking", flush=True)
while True:
    turns = []
    for _ in range(200):
        turns.append(socket.socket(socket.AF_UNIX))
        try:
            turns[-1].connect(sys.argv[1])
        except OSError:
            break
    for each in turns:
        each.close()
"""


@dataclass(frozen=True)
class Class:
    """:param begin: starts what does not run, and says the links of all pupils."""

    room: Room
    links: dict[str, str]
    begin: Callable[[], dict[str, str]]

    def of(self, number: int) -> tuple[Pupil, str]:
        pupil = self.room.pupils[number - 1]
        return pupil, self.links[pupil.name]

    def code(self, number: int) -> str:
        return self.of(number)[1].rpartition("=")[2]

    def command(self, number: int, *argv: str) -> dict[str, Any]:
        """What starts a program as a pupil's, for `subprocess`."""
        pupil = self.room.pupils[number - 1]
        env = {**os.environ, **account.given(self.room.environment(pupil))}
        return {"args": command(self.room, pupil, *argv), "env": env, "encoding": "utf-8"}

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.room.certificate))

    def browser(self) -> urllib.request.OpenerDirector:
        """Of somebody who trusts the certificate and keeps cookies."""
        return urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.trust), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    @contextmanager
    def connected(self, pupil: Pupil) -> Iterator[ssl.SSLSocket]:
        with (
            socket.create_connection(("127.0.0.1", pupil.port), timeout=60) as plain,
            self.trust.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted,
        ):
            yield encrypted

    @contextmanager
    def as_pupil(self, number: int, program: str, *given: object) -> Iterator[subprocess.Popen[str]]:
        """A Python program that a pupil runs, until it is killed."""
        argv = (self.room.python, "-I", "-u", "-c", program, *map(str, given))
        with subprocess.Popen(**self.command(number, *argv), stdout=subprocess.PIPE) as running:
            try:
                yield running
            finally:
                running.kill()

    def process(self, name: str, *words: str) -> psutil.Process:
        """That of an account in whose command line all of *words* are."""
        user = account.user_of(name)
        (found,) = [
            each
            for each in psutil.process_iter(["uids", "cmdline"])
            if each.info["uids"].real == user and set(words) <= set(each.info["cmdline"] or ())
        ]
        return found


def line_of(program: subprocess.Popen[str]) -> str:
    """What it prints next."""
    assert program.stdout is not None
    return program.stdout.readline().strip()


def call(python: str, checkout: Path, folder: Path, *words: str) -> str:
    argv = [python, "run.py", "class-server", "--dir", str(folder), *words]
    done = subprocess.run(argv, cwd=checkout, capture_output=True, encoding="utf-8", timeout=3400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lacking() -> str:
    if sys.platform != "linux" or os.getuid() != 0:
        return "a server for a class takes root on Linux"
    missing = [name for name in ("useradd", "redis-server", "openssl") if shutil.which(name) is None]
    return f"a server for a class takes {' and '.join(missing)}" if missing else ""


@pytest.fixture(scope="module")
def pupils(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    if reason := lacking():
        lacks(reason)
    python = reachable_python()
    if python is None:
        lacks("a server for a class takes a Python that other accounts can start")
    port = next(found for found in iter(free_port, None) if found < 50_000)
    checkout = copy_checkout(tmp_path_factory.mktemp("server") / "checkout")
    place = Path(tempfile.mkdtemp(prefix="simple-deploy-class-", dir="/var/tmp"))
    place.chmod(0o755)
    folder = place / "class"
    try:
        asked = ("--host", "127.0.0.1", "--pupils", "2", "--port", str(port), "--at-once", "1")
        asked += ("--plugin", str(checkout / "docs" / "plugins" / "example" / "simple-deploy-pond"))

        def begin() -> dict[str, str]:
            said = call(python, checkout, folder, *asked)
            return dict(re.findall(r"^(pupil-\d+) +(https://\S+)$", said, re.MULTILINE))

        links = begin()
        room = open_class(folder)
        assert room is not None
        yield Class(room, links, begin)
        users = {account.user_of(each.name) for each in room.pupils}
        call(python, checkout, folder, "--end")
        assert not folder.exists()
        assert [each for each in psutil.process_iter(["uids"]) if each.info["uids"].real in users] == []
        assert [each.name for each in room.pupils if account.user_of(each.name) is not None] == []
    finally:
        call(python, checkout, folder, "--end") if folder.exists() else None
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.parametrize("number", [1, 2])
def test_each_pupil_opens_a_dashboard_of_their_own(number: int, pupils: Class) -> None:
    pupil, link = pupils.of(number)
    with pupils.browser().open(link, timeout=60) as response:
        page = response.read().decode("utf-8")
    assert "code=" not in response.url
    assert "<h1" in page and pupil.project.name in page


@pytest.mark.browser
def test_a_pupil_deploys_over_https_once_it_is_their_turn_and_everybody_opens_the_site(
    pupils: Class, chromium: str
) -> None:
    pupil, link = pupils.of(1)
    with pupils.as_pupil(2, HOLDS_A_TURN, pupils.room.turns) as other, sync_playwright() as playwright:
        assert line_of(other) == "go"
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(link)
        page.get_by_role("link", name="This computer").first.click()
        page.get_by_role("button", name="Make the plan").click()
        expect(page.locator("#run-head")).to_contain_text("Waiting: you are next", timeout=PATIENCE)
        other.kill()
        page.get_by_role("button", name="Configure and deploy").click()
        opened_at(page, pupils.room.address(pupil.site))
        page.reload()
        page.get_by_role("link", name="Overview").first.click()
        expect(page.locator("#health-local")).to_contain_text("Answers in", timeout=PATIENCE)
        browser.close()
    log = pupil.project / ".simple_deploy" / "worker.log"
    assert log.stat().st_uid == account.user_of(pupil.name)


@pytest.mark.browser
@pytest.mark.parametrize("slug", ["heroku", "pond"])  # pond is in a plugin
def test_a_rehearsed_site_is_opened_by_everybody_as_well(slug: str, pupils: Class, chromium: str) -> None:
    pupil, link = pupils.of(1)
    there = pupils.room.address(pupils.room.rehearsals(pupil)[slug])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(link)
        page.goto(f"{page.url}platforms/{slug}/")
        page.get_by_role("button", name="Rehearse", exact=True).click()
        page.get_by_role("button", name="Make the plan").click()
        page.get_by_role("button", name="Configure and deploy").click()
        opened_at(page, there)
        page.reload()
        expect(page.locator(f"#health-{slug}")).to_contain_text("Answers in", timeout=PATIENCE)
        page.get_by_role("button", name="End the rehearsal").click()
        expect(page.get_by_role("button", name="Rehearse", exact=True)).to_be_visible(timeout=PATIENCE)
        browser.close()
    assert_no_site(pupils, there)


def opened_at(page: Page, address: str) -> None:
    """Open the deployed site from *page*, in a window of its own, and try its forms there."""
    with page.expect_popup(timeout=PATIENCE) as opened:
        page.get_by_role("link", name="Open the site").click()
    site = opened.value
    assert site.url.startswith(f"{address}/")
    site.wait_for_load_state()
    assert site.evaluate("document.styleSheets.length") > 0
    site.goto(f"{address}/admin/")
    site.get_by_label("Username").fill("nobody")
    site.get_by_label("Password").fill("no-such-password")
    site.get_by_role("button", name="Log in").click()
    expect(site.locator(".errornote")).to_contain_text(
        "Please enter the correct username", timeout=PATIENCE
    )  # and no 403
    assert site.url.startswith(f"{address}/admin/login/")


def test_where_no_site_is_deployed_or_rehearsed_the_address_says_so(pupils: Class) -> None:
    pupil, _ = pupils.of(2)
    rehearsals = pupils.room.rehearsals(pupil)
    assert [*rehearsals] == ["flyio", "heroku", "pond", "upsun"]  # pond is in a plugin
    for port in (pupil.site, *rehearsals.values()):
        assert_no_site(pupils, pupils.room.address(port))


def assert_no_site(pupils: Class, address: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="503") as refused:
        pupils.browser().open(address, timeout=60)
    assert "There is no site here yet" in refused.value.read().decode("utf-8")
    refused.value.close()


def test_one_pupil_reaches_nothing_of_another(pupils: Class) -> None:
    theirs, _ = pupils.of(2)
    server = pupils.process("pupil-02", "runserver").pid
    front = pupils.process("pupil-01", "front").pid
    giver = pupils.process("nobody", "turns", str(pupils.room.turns)).pid
    given = (str(theirs.folder), str(theirs.inner), str(front), str(server), str(pupils.room.key), pupils.code(1))
    given += (str(pupils.room.turns), str(giver))
    attacker = pupils.command(1, pupils.room.python, "-I", "-c", ATTACKS, *given)
    done = subprocess.run(**attacker, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert len(found) == 14
    assert {name: how for name, how in found.items() if how != "PermissionError"} == {}


def test_a_pupil_who_asks_for_turns_without_end_keeps_nobody_waiting(pupils: Class) -> None:
    with pupils.as_pupil(1, ASKS_WITHOUT_END, pupils.room.turns) as asking:
        assert line_of(asking) == "asking"
        for _ in range(3):
            with pupils.as_pupil(2, HOLDS_A_TURN, pupils.room.turns) as other:
                assert "go" in iter(partial(line_of, other), "")


def test_whoever_is_no_pupil_gets_no_turn(pupils: Class) -> None:
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.connect(str(pupils.room.turns))
        visitor.settimeout(60)
        assert visitor.recv(16) == b""


def test_a_code_and_a_session_are_good_at_one_port_alone(pupils: Class) -> None:
    (_, mine), (theirs, _) = pupils.of(1), pupils.of(2)
    visitor = pupils.browser()
    with visitor.open(mine, timeout=60) as response:
        session = response.url.partition("/simple-deploy/")[2]
    there = pupils.room.address(theirs.port)
    for path in (f"?code={pupils.code(1)}", session, ""):
        with pytest.raises(urllib.error.HTTPError) as refused:
            visitor.open(f"{there}/simple-deploy/{path}", timeout=60)
        refused.value.close()
        assert refused.value.code in (403, 404)


def test_whoever_listens_in_the_place_of_another_pupils_server_is_told_nothing(
    pupils: Class,
) -> None:
    theirs, link = pupils.of(2)
    server = pupils.process("pupil-02", "runserver")
    server.kill()
    server.wait(30)
    with pupils.as_pupil(1, IMPOSTOR, theirs.inner) as impostor:
        assert line_of(impostor) == "listening"
        with pupils.connected(theirs) as there, suppress(OSError):
            there.sendall(f"GET {link} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert there.recv(1000) == b""
        assert line_of(impostor) in ("told nothing", "told b''")
    assert pupils.begin() == pupils.links
    with pupils.browser().open(link, timeout=60) as response:
        assert "<h1" in response.read().decode("utf-8")
