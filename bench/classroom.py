"""A class that makes its plans at the same moment, on a server for a class: how long they wait, and what it takes.

Real accounts, dashboards, queues and HTTPS; each pupil is a thread that presses the button and follows the page's
stream. It takes root on Linux, redis-server and OpenSSL, and removes the accounts that it made.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path

import psutil

from bench.measure import percentile
from bench.places import Places
from bench.report import Row, Section, megabytes
from simple_deploy.core.events import Event, RunFinished, TurnAwaited
from simple_deploy.demo.classroom.server import account
from simple_deploy.demo.classroom.server.pupils import Pupil, Room, open_class
from tests.support.accounts import reachable_python
from tests.support.checkout import copy_checkout
from tests.support.ports import free_port

PATIENCE = 3600.0  # seconds
LOOK = 1.0  # seconds between two looks at memory


def measure(places: Places) -> Section:
    """:raises SystemExit: this computer cannot be a server for a class."""
    if sys.platform != "linux" or os.getuid() != 0:
        raise SystemExit(
            "A server for a class takes root on Linux. Name the other measurements, and leave this one out."
        )
    begun = time.monotonic()
    with a_class(places.pupils, places.folder) as (room, links):
        ready = time.monotonic() - begun
        visits = [Visit.of(room, pupil, links[pupil.name]) for pupil in room.pupils]
        with Watch([user for pupil in room.pupils if (user := account.user_of(pupil.name))]) as watch:
            plans = at_once([visit.plan for visit in visits])
    return Section(title="A class on one machine", rows=rows(room, ready, plans, watch), how=_how(room))


def rows(room: Room, ready: float, plans: Sequence[Plan], watch: Watch) -> list[Row]:
    count = len(plans)
    took = [plan.took for plan in plans]
    waited = [plan.waited for plan in plans]
    most = together(plans)
    good = sum(plan.state == "succeeded" for plan in plans)
    return [
        Row(what=f"{count} dashboards and projects made", value=_spoken(ready)),
        Row(
            what=f"From pressing the button to the plan, {count} pupils at once",
            value=f"first {_spoken(min(took))}, half {_spoken(percentile(took, 0.5))}, last {_spoken(max(took))}",
        ),
        Row(
            what="Of that, until it was its turn",
            value=f"half {_spoken(percentile(waited, 0.5))}, longest {_spoken(max(waited))}",
            beside=f"at most {max(plan.before for plan in plans)} before a pupil",
        ),
        Row(what="Plans that came about", value=f"{good} of {count}", target="all", met=good == count),
        Row(
            what="Runs that worked at once", value=str(most), target=f"at most {room.at_once}", met=most <= room.at_once
        ),
        Row(what="Most memory of all pupils' programs", value=megabytes(watch.memory)),
        Row(what="Processors busy meanwhile", value=f"{watch.busy:.0%} of {os.cpu_count()}"),
    ]


def _how(room: Room) -> str:
    return (
        f"`run.py class-server` with {len(room.pupils)} pupils and {room.at_once} runs at once. Each pupil presses "
        "“Make the plan” for this computer at the same moment, for the first time, and follows the page's stream, over "
        "HTTPS; their browsers are threads of one Python on the same computer, so its work is in the figures. Memory "
        "is what the accounts' processes hold, with what they share divided among them, at most; the processors' work "
        "is that of the whole computer."
    )


def _spoken(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def together(plans: Sequence[Plan]) -> int:
    """The most that worked at the same moment."""
    moments = sorted([(plan.began, 1) for plan in plans] + [(plan.ended, -1) for plan in plans])
    most = now = 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most


# -- the class --


@contextmanager
def a_class(pupils: int, folder: Path) -> Iterator[tuple[Room, dict[str, str]]]:
    """A server with that many pupils, and their links."""
    python = reachable_python()
    if python is None:
        raise SystemExit("A server for a class takes a Python that other accounts can start, as that of the system.")
    checkout = copy_checkout(folder / "checkout")
    with tempfile.TemporaryDirectory(prefix="bench-class-", dir="/var/tmp") as place:
        Path(place).chmod(0o755)  # accounts reach it
        where = Path(place) / "class"
        port = next(found for found in iter(free_port, None) if found < 50_000)
        try:
            said = _call(python, checkout, where, "--host", "127.0.0.1", "--pupils", str(pupils), "--port", str(port))
            room = open_class(where)
            if room is None:
                raise RuntimeError(said)
            yield room, dict(re.findall(r"^(pupil-\d+) +(https://\S+)$", said, re.MULTILINE))
        finally:
            if where.exists():
                _call(python, checkout, where, "--end")


def _call(python: str, checkout: Path, folder: Path, *words: str) -> str:
    argv = [python, "run.py", "class-server", "--dir", str(folder), *words]
    done = subprocess.run(argv, cwd=checkout, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


# -- a pupil --


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a plan came about. Times are seconds since the epoch.

    :param asked: when the button was pressed. :param began: when it was its turn. :param ended: when it was there.
    :param before: how many were before it at first.
    """

    asked: float
    began: float
    ended: float
    before: int
    state: str

    @property
    def took(self) -> float:
        return self.ended - self.asked

    @property
    def waited(self) -> float:
        return self.began - self.asked

    @classmethod
    def of(cls, asked: float, events: Sequence[Event]) -> Plan:
        """:raises RuntimeError: it is not over."""
        turns = [event for event in events if isinstance(event.payload, TurnAwaited)]
        told = [event.payload.before for event in turns if isinstance(event.payload, TurnAwaited)]
        end = events[-1] if events else None
        if end is None or not isinstance(end.payload, RunFinished):
            raise RuntimeError("The plan is not over.")
        return cls(
            asked=asked,
            began=turns[-1].at if turns else events[0].at,
            ended=end.at,
            before=max((each for each in told if each is not None), default=-1) + 1,
            state=end.payload.state,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A pupil who has opened the dashboard. :param page: its address, with the session."""

    pupil: Pupil
    page: str
    browser: urllib.request.OpenerDirector

    @classmethod
    def of(cls, room: Room, pupil: Pupil, link: str) -> Visit:
        trust = ssl.create_default_context(cafile=str(room.certificate))
        browser = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=trust), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        with browser.open(link, timeout=PATIENCE) as response:
            return cls(pupil=pupil, page=response.url, browser=browser)

    def plan(self) -> Plan:
        """Press the button, and follow until the plan is there."""
        address = urllib.parse.urljoin(self.page, "platforms/local/")
        with self.browser.open(address, timeout=PATIENCE) as response:
            form = Form.found(response.read().decode("utf-8"), "Make the plan")
        asked = time.time()
        with self._send(urllib.parse.urljoin(address, form.action), form.fields) as response:
            run = response.url.partition("?")[0].rstrip("/")
        self._follow(f"{run}/stream/")
        path = self.pupil.project / ".simple_deploy" / "runs" / run.rpartition("/")[2] / "events.jsonl"
        events = [Event.from_data(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
        return Plan.of(asked, events)

    def _follow(self, stream: str) -> None:
        """Read the page's stream to its end; one that was cut goes on from the last number, as in a browser."""
        last = b"0"
        while True:
            with self.browser.open(f"{stream}?after={last.decode()}", timeout=PATIENCE) as lines:
                for line in lines:
                    if line.startswith(b"id: "):
                        last = line[4:].strip()
                    elif line.strip() == b"event: done":
                        return

    def _send(self, address: str, fields: dict[str, str]):  # type: ignore[no-untyped-def]
        origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(address))
        data = urllib.parse.urlencode(fields).encode()
        return self.browser.open(urllib.request.Request(address, data, {"Origin": origin}), timeout=PATIENCE)


class Form(HTMLParser):
    """A form of a page, with what a browser sends that nobody has changed anything in."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.words = ""
        self._select = ""

    @classmethod
    def found(cls, html: str, button: str) -> Form:
        """The one with that *button*. :raises RuntimeError: there is none."""
        for text in re.findall(r"<form\b.*?</form>", html, re.DOTALL):
            form = cls()
            form.feed(text)
            if button in form.words:
                return form
        raise RuntimeError(f"There is no form with “{button}”.")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = given.get("value", "")
        elif tag == "textarea" and name:
            self.fields[name] = ""
        elif tag == "input" and name and given.get("type") not in {"checkbox", "radio"}:
            self.fields[name] = given.get("value", "")
        elif tag == "input" and name and "checked" in given:
            self.fields[name] = given.get("value", "on")

    def handle_data(self, data: str) -> None:
        self.words += data


def at_once(actions: Sequence[Callable[[], Plan]]) -> list[Plan]:
    """What each returned; all begin at the same moment. :raises Exception: what one of them raised."""
    start = threading.Barrier(len(actions))
    found: list[Plan] = []
    failed: list[Exception] = []

    def act(action: Callable[[], Plan]) -> None:
        start.wait()
        try:
            found.append(action())
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return found


# -- the machine --


class Watch:
    """What the processes of some accounts hold at most, and how busy the processors are, while something happens."""

    def __init__(self, users: Sequence[int]) -> None:
        self.memory = 0
        self.busy = 0.0
        self._users = frozenset(users)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watch:
        psutil.cpu_percent()  # from here on
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.busy = psutil.cpu_percent() / 100
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            held = 0
            for each in psutil.process_iter(["uids"]):
                if each.info["uids"] and each.info["uids"].real in self._users:
                    with suppress(psutil.Error):
                        held += each.memory_full_info().pss
            self.memory = max(self.memory, held)
