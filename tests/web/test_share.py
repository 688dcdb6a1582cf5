"""Follow along, attacked over the network as SECURITY.md's table says, and watched by those it is for."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import pytest

from simple_deploy.core import events as ev
from simple_deploy.core.errors import WrongUsage
from simple_deploy.present.share import door, lesson
from simple_deploy.present.share.door import Bucket, Door, Peer
from simple_deploy.present.share.lesson import Lesson
from simple_deploy.present.share.server import Pages, ShareServer, listen
from simple_deploy.present.share.tape import Look, Tape
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from tests.support import recorded
from tests.support.systems import is_private
from tests.support.waiting import waited
from tests.web.conftest import Browser, words

HERE = "127.0.0.1"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Follower:
    """A browser of the network.

    :param frames: what it was sent, in order.
    """

    lesson: Lesson
    cookie: str = ""
    frames: list[dict[str, object]] = field(default_factory=list)
    about: list[dict[str, object]] = field(default_factory=list)
    ended: bool = False

    def get(self, target: str = "/", method: str = "GET", **headers: str) -> Reply:
        connection = http.client.HTTPConnection(HERE, self.lesson.port, timeout=30)
        sent = {"Cookie": self.cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, target, headers={name: value for name, value in sent.items() if value})
        response = connection.getresponse()
        found = Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode())
        connection.close()
        return found

    def enter(self, code: str = "") -> Reply:
        reply = self.get(f"/?code={code or self.lesson.code}")
        self.cookie = reply.headers.get("set-cookie", "").partition(";")[0]
        return reply

    def watch(self, last: str = "") -> None:
        """Read the stream until it ends."""
        with self.stream(last) as lines:
            event = ""
            for line in lines:
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: ") and event == "about":
                    self.about.append(json.loads(line[6:]))
                elif line.startswith("data: ") and event == "frames":
                    self.frames += json.loads(line[6:])
                elif event == "bye":
                    self.ended = True
                    return

    @contextmanager
    def stream(self, last: str = "") -> Iterator[Iterator[str]]:
        connection = http.client.HTTPConnection(HERE, self.lesson.port, timeout=60)
        connection.request("GET", "/stream", headers={"Cookie": self.cookie, "Last-Event-ID": last})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        yield (line.decode().rstrip("\n") for line in response)
        connection.close()

    def follow(self) -> threading.Thread:
        """Watch beside everything else."""
        self.enter()
        thread = threading.Thread(target=self.watch, daemon=True)
        thread.start()
        return thread


@contextmanager
def sharing(service: Service) -> Iterator[Lesson]:
    lines: list[str] = []
    thread = threading.Thread(target=lambda: lesson.serve(service, [HERE], lines.append), daemon=True)
    thread.start()
    waited(lambda: lines)
    found = lesson.current(service.store.root)
    assert found is not None
    try:
        yield found
    finally:
        lesson.stop(service.store.root)
        thread.join()


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A project in which a deployment took place."""
    made = recorded.service(tmp_path)
    recorded.deploy(made)
    return made


@pytest.fixture
def shared(service: Service) -> Iterator[Lesson]:
    with sharing(service) as found:
        yield found


@pytest.fixture
def pupil(shared: Lesson) -> Follower:
    follower = Follower(shared)
    assert follower.enter().status == 303
    return follower


def raw(shared: Lesson, sent: bytes) -> bytes:
    """What comes back for bytes that no browser sends."""
    with socket.create_connection((HERE, shared.port), timeout=30) as connection:
        connection.sendall(sent)
        found = b""
        try:
            while part := connection.recv(65_536):
                found += part
        except ConnectionResetError:
            pass
        return found


# -- what it is for --


def test_who_shows_the_code_sees_the_newest_run_with_its_plan_log_and_end(service: Service, pupil: Follower) -> None:
    assert 'data-stream="/stream"' in pupil.get().text
    watching = pupil.follow()
    waited(lambda: any(frame["kind"] == "finish" for frame in pupil.frames))

    assert pupil.about[-1]["run"] == service.runs()[0].id
    assert [each["path"] for each in pupil.about[-1]["plan"]["files"]]  # type: ignore[index]
    seqs = [frame["seq"] for frame in pupil.frames]
    assert seqs == sorted(set(seqs))  # type: ignore[type-var]
    lesson.stop(service.store.root)
    watching.join()
    assert pupil.ended


def test_a_run_is_followed_while_it_happens_and_gives_way_to_the_next(service: Service, pupil: Follower) -> None:
    pupil.follow()
    waited(lambda: any(frame["kind"] == "finish" for frame in pupil.frames))
    run, writer = recorded.begin(service)
    waited(lambda: pupil.about[-1]["run"] == run.id)
    for number in range(3):
        writer.record(None, ev.Output(text=f"fresh line {number}"))
        waited(lambda number=number: pupil.frames[-1].get("text") == f"fresh line {number}")
    writer.close()


def test_who_was_away_goes_on_where_it_was(service: Service, pupil: Follower) -> None:
    with pupil.stream() as lines:
        place = next(line[4:] for line in lines if line.startswith("id: "))
    with pupil.stream(place) as lines:
        assert next(line for line in lines if line.startswith("event: ")) == "event: about"
        run, writer = recorded.begin(service)
        until_the_next_run = [*takewhile(lambda line: run.id not in line, lines)]
        writer.close()
    assert not [line for line in until_the_next_run if line.startswith("data: [")]  # everything was sent before


def test_words_that_pupils_look_up_show_code_as_code() -> None:
    page = Pages.load().show.decode("utf-8")
    assert "`" not in page and "<code>migrate</code>" in page


def test_the_teacher_sees_how_many_follow(service: Service, shared: Lesson) -> None:
    state = service.store.root
    assert lesson.current(state) == shared
    for _ in range(2):
        Follower(shared).follow()
    waited(lambda: (found := lesson.current(state)) is not None and found.following == 2)


def test_the_page_of_a_lesson_that_is_on_does_not_say_that_nobody_could_follow(
    service: Service, shared: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_no_network() -> list[str]:
        raise WrongUsage("This computer is in no local network, so nobody could follow.", hint="Join one.")

    monkeypatch.setattr(lesson, "addresses", in_no_network)
    page = words(Browser(service).page("share/"))
    assert shared.address in page and shared.spoken_code in page
    assert "in no local network" not in page


def test_there_is_one_lesson_at_a_time_and_its_end_forgets_the_code(service: Service) -> None:
    with sharing(service) as shared:
        with pytest.raises(WrongUsage, match="shared already"):
            lesson.serve(service, [HERE], lambda _: None)
        file = service.store.root / lesson.FILE
        assert is_private(file)
    assert lesson.current(service.store.root) is None
    assert not file.exists()
    with pytest.raises(OSError):
        socket.create_connection((HERE, shared.port), timeout=5)


@pytest.mark.slow
def test_the_page_starts_a_process_of_its_own_and_ends_it(service: Service) -> None:
    lesson.start(service, HERE)
    found = waited(lambda: lesson.current(service.store.root))
    try:
        assert found.pid != os.getpid()
        page = words(Browser(service).page("share/state/"))
        assert found.address in page
        assert found.spoken_code in page
        assert Follower(found).enter().status == 303
    finally:
        Browser(service).post("share/", stop="yes")
    waited(lambda: not process.is_alive(found.pid, found.started))
    assert lesson.current(service.store.root) is None


# -- attacks --


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("target", ["/", "/stream", "/?code=aaaaaa"])
def test_nothing_but_get_is_answered(pupil: Follower, method: str, target: str) -> None:
    reply = pupil.get(target, method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_page_of_another_origin_cannot_read_the_stream(pupil: Follower, headers: dict[str, str]) -> None:
    reply = pupil.get("/stream", **headers)
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}"])
def test_a_name_that_somebody_points_at_this_computer_is_refused(pupil: Follower, host: str) -> None:
    assert pupil.get("/", Host=host.format(port=pupil.lesson.port)).status == 403


@pytest.mark.parametrize("cookie", ["", "simple-deploy-follow=", "simple-deploy-follow-{port}=" + "0" * 32])
def test_without_the_code_there_is_a_page_that_asks_for_it_and_nothing_else(shared: Lesson, cookie: str) -> None:
    stranger = Follower(shared, cookie.format(port=shared.port))
    page = stranger.get()
    assert 'name="code"' in page.text
    assert shared.code not in page.text
    assert stranger.get("/stream").status == 403


def test_a_wrong_code_is_refused_and_guessing_has_to_wait(shared: Lesson) -> None:
    guesser = Follower(shared)
    for _ in range(door.TRIES - 1):
        reply = guesser.enter("aaaaaa")
        assert reply.status == 403
        assert "That is not the code" in reply.text
    assert guesser.enter("aaaaaa").status == 429
    reply = guesser.enter()  # the right one, too late
    assert (reply.status, guesser.cookie) == (429, "")
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "target",
    [
        "/../share.json", "/..%2fshare.json", "/%2e%2e/%2e%2e/etc/passwd", "/static/../../etc/passwd", "/present.js/../x",
        "//etc/passwd", "/present.css%00", "/Present.css", "/share.json", "/runs/", "/simple-deploy/", "/stream/",
        "/.simple_deploy/token", "/C:/Windows/win.ini", "/\\..\\share.json", "/present.html", "/present-share.html",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(pupil: Follower, target: str) -> None:
    answer = raw(pupil.lesson, f"GET {target} HTTP/1.1\r\nHost: {HERE}:{pupil.lesson.port}\r\nCookie: {pupil.cookie}\r\n\r\n".encode())  # fmt: skip
    assert answer.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n" + b"A" * 20_000, b"\x16\x03\x01" * 4_000 + b"\r\n\r\n"])
def test_what_is_no_request_gets_no_page(shared: Lesson, sent: bytes) -> None:
    answer = raw(shared, sent)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert Follower(shared).get().status == 200


def test_nothing_of_this_computer_or_its_people_is_told(service: Service, pupil: Follower) -> None:
    pupil.follow()
    waited(lambda: any(frame["kind"] == "finish" for frame in pupil.frames))
    told = json.dumps([pupil.about, pupil.frames])
    assert any("line 4, of …@… in blog/manage.py" in str(frame.get("text")) for frame in pupil.frames)
    for private in (str(service.location.root.parent), str(Path.home()) + "/", "@example.com", "code="):
        assert private not in told


def test_a_viewer_that_takes_nothing_or_asks_for_too_much_keeps_nobody_waiting(shared: Lesson) -> None:
    greedy, pupil = Follower(shared), Follower(shared)
    idle = [socket.create_connection((HERE, shared.port)) for _ in range(20)]  # that send nothing at all
    greedy.enter()
    with greedy.stream(), greedy.stream(), greedy.stream():  # none of which it reads
        assert greedy.get("/stream").status == 429
        pupil.follow()
        waited(lambda: any(frame["kind"] == "finish" for frame in pupil.frames))
    for each in idle:
        each.close()


def test_a_peer_that_floods_is_cut_off_before_it_is_read() -> None:
    async def flood() -> list[bytes]:
        server = ShareServer(
            tape=Tape(Look(lambda: ())), door=Door(code="k7m2pq"), pages=Pages.load(), clock=lambda: 0.0
        )
        server.door.peers[HERE] = Peer(bucket=Bucket.full(3, door.PEER_RATE, 0.0))
        listening = await listen(server, [HERE], 0)
        found = []
        for _ in range(4):
            reader, writer = await asyncio.open_connection(HERE, listening.sockets[0].getsockname()[1])
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            found.append(await reader.read(12) if len(found) < 3 else await cut(reader))
            writer.close()
        listening.close()
        return found

    async def cut(reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read(12)
        except ConnectionResetError:
            return b""

    assert asyncio.run(flood()) == [b"HTTP/1.1 403"] * 3 + [b""]


@pytest.mark.parametrize("address", ["8.8.8.8", "0.0.0.0", "example.com", "2001:db8::1"])
def test_a_lesson_is_never_open_to_the_internet(address: str) -> None:
    with pytest.raises(WrongUsage, match="open to the internet"):
        lesson.addresses(address)
