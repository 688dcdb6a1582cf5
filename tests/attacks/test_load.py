"""It withstands load: many readers, long logs, endless output, a worker that has worked for a long time."""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from simple_deploy.core.errors import Cancelled
from simple_deploy.core.events import Output, RunFinished, RunStarted, StepHead, StepStarted
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.context import SystemClock
from simple_deploy.jobs import worker
from simple_deploy.jobs.dispatch import dispatch
from simple_deploy.runs.eventlog import HEAD, TAIL, EventReader, EventWriter, read_tail
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import FileRunStore
from simple_deploy.system import daemons, process
from tests.attacks.claims import proves
from tests.attacks.conftest import DOORS, enter
from tests.attacks.door import Door
from tests.attacks.halts import ending_at_once
from tests.project.jobs.test_background import at_work, finished
from tests.support.project import child_environment, copy_project
from tests.web.conftest import Browser, serve
from tests.web.servers import serving
from tests.web.test_stream import shown


@pytest.fixture
def browser(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(serve(project, env, monkeypatch))


READERS, LINES = 50, 10_000
RUN = "20260102-120000-000-abcdef"


@dataclass
class Going:
    """A run that is under way in this process, which writes its events."""

    store: FileRunStore
    writer: EventWriter

    def say(self, first: int, last: int) -> None:
        for number in range(first, last):
            self.writer.record("build", Output(text=f"line {number:06d} " + "x" * 60))

    def end(self) -> None:
        self.store.update(RUN, state=RunState.SUCCEEDED, finished=time.time())
        self.writer.record(None, RunFinished(state="succeeded"))
        self.writer.close()


def going(state: Path, **limits: int) -> Going:
    store = FileRunStore(state)
    mine = daemons.this_process()
    store.create(
        Run(id=RUN, kind=RunKind.PLAN, platform="toy", state=RunState.RUNNING, created=time.time(), started=time.time(),
            pid=mine.pid, pid_started=mine.started, host=mine.host)
    )  # fmt: skip
    writer = EventWriter(store.folder(RUN), clock=SystemClock(), redact=Redactor(), **limits)
    writer.record(None, RunStarted(run_kind="plan", platform="toy", steps=(StepHead(id="build", title="Build"),)))
    writer.record("build", StepStarted(title="Build"))
    return Going(store, writer)


def read_all(door: Door, lines: list[int], trouble: list[str]) -> None:
    """Follow the stream as a browser does, cursor and all, until it says that it is done."""
    last, text = 0, b""
    for _ in range(500):
        try:
            with socket.create_connection((door.server.host, door.server.port), 120) as connection:
                head = f"GET {door.home}runs/{RUN}/stream/ HTTP/1.1\r\nHost: {door.name}\r\nCookie: {door.cookie}\r\nLast-Event-ID: {last}\r\nConnection: close\r\n\r\n"
                connection.sendall(head.encode())
                text = b""
                while piece := connection.recv(262_144):
                    text += piece
        except OSError:
            pass  # cut off: go on from the last number
        whole = (
            _joined(text) if b"chunked" in text.partition(b"\r\n\r\n")[0].lower() else text.decode("utf-8", "replace")
        )
        whole = whole[: whole.rfind("\n\n") + 2]
        lines += [number for number in shown(whole) if not lines or number > lines[-1]]
        numbers = re.findall(r"(?m)^id: (\d+)\r?$", whole)
        last = int(numbers[-1]) if numbers else last
        if "event: done" in whole:
            return
        if " 200 " not in whole[:20]:
            trouble.append(whole[:200])
            time.sleep(0.1)
    trouble.append("it never ended")


def _joined(raw: bytes) -> str:
    """The body of a chunked answer as far as it came, its head in front."""
    head, _, body = raw.partition(b"\r\n\r\n")
    whole = b""
    while True:
        size, found, body = body.partition(b"\r\n")
        if not found or not size or len(body) < int(size, 16) or int(size, 16) == 0:
            break
        whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return head.decode("latin-1") + "\r\n\r\n" + whole.decode("utf-8", "replace")


@pytest.mark.slow
@pytest.mark.timeout(400)
@proves(
    "Fifty readers follow one run of 10,000 lines while it is written, on a server with threads and on an asynchronous one",
    "Each gets every line once and in order; the server's memory stays within 300 MB of what it was",
)
@pytest.mark.parametrize("kind", ["runserver", "uvicorn"])
def test_fifty_readers(kind: str, flat_project: Path, tmp_path: Path) -> None:
    project = copy_project(flat_project, tmp_path / "project")
    run = going(project / ".simple_deploy")
    run.say(0, LINES // 2)
    with serving(project, child_environment(tmp_path), DOORS[kind][0]) as server:
        door = enter(server, kind)
        before = memory(server.pid)
        got: list[list[int]] = [[] for _ in range(READERS)]
        trouble: list[str] = []
        threads = [threading.Thread(target=read_all, args=(door, lines, trouble)) for lines in got]
        for thread in threads:
            thread.start()
        run.say(LINES // 2, LINES)
        run.end()
        for thread in threads:
            thread.join()
        after = memory(server.pid)
    assert not trouble
    expected = list(range(2, LINES + 4))
    assert all(lines == expected for lines in got), [
        (len(lines), lines[:3], lines[-3:]) for lines in got if lines != expected
    ][:3]
    assert after - before < 300_000_000, f"{(after - before) / 1e6:.0f} MB more"


def memory(pid: int) -> int:
    root = psutil.Process(pid)
    return sum(each.memory_info().rss for each in (root, *root.children(recursive=True)))


@proves(
    "Output without an end",
    "Its beginning and its end are kept, with a note of how much is missing in between",
    number=25,
)
@pytest.mark.parametrize("limits", [(1_000, 100), pytest.param((HEAD, TAIL), marks=pytest.mark.slow)])
def test_endless_output(limits: tuple[int, int], tmp_path: Path) -> None:
    head, tail = limits
    run = going(tmp_path) if limits == (HEAD, TAIL) else going(tmp_path, head=head, tail=tail)
    count = head + tail + 3_900
    run.say(0, count)
    run.end()
    reader, events = EventReader(run.store.folder(RUN)), []
    while more := reader.read():
        events += more
    texts = [each.payload.text for each in events if isinstance(each.payload, Output)]
    assert texts[0].startswith("line 000000") and texts[head - 1].startswith(f"line {head - 1:06d}")
    assert texts[head] == "… 3,900 lines left out …"
    assert texts[head + 1].startswith(f"line {count - tail:06d}")
    assert texts[-1].startswith(f"line {count - 1:06d}") and len(texts) == head + tail + 1
    assert [each.seq for each in events] == list(range(1, len(events) + 1))
    assert (run.store.folder(RUN) / "events.jsonl").stat().st_size < 300 * (head + tail)


@pytest.mark.slow
@proves(
    "A log of 8,000 lines, and in a whole run one of 100,000, on the page, in the stream, in the download and in its earlier part",
    "The page shows the last thousand and says how many came before; everything can be fetched",
    number=25,
)
@pytest.mark.parametrize("count", [8_000, pytest.param(100_000, marks=pytest.mark.slice(0))])
def test_endless_output_on_the_page(count: int, browser: Browser) -> None:
    run = going(browser.service.store.root)
    run.say(0, count)
    run.end()
    page = browser.page(f"runs/{RUN}/")
    assert len(shown(page)) <= 1_001
    assert len(page) < 1_000_000
    _, left_out = read_tail(run.store.folder(RUN), 1_000)
    assert left_out == count - 1_000
    assert len(shown(browser.page(f"runs/{RUN}/lines/?before={count // 2}"))) == 1_000
    log = b"".join(browser.get(f"runs/{RUN}/log.txt").streaming_content)  # type: ignore[attr-defined]
    assert log.count(b"\n") >= count


@pytest.mark.slow
@proves(
    "One line of 50 MB, once with a secret at the point where it is cut; 20 MB of bytes that are not text",
    "Cut, with a note of how much; shown as text; little memory is used",
    number=25,
)
def test_endless_output_in_one_line(tmp_path: Path) -> None:
    def run(script: str) -> tuple[list[str], int]:
        lines: list[str] = []
        before = psutil.Process().memory_info().rss
        process.run(
            (sys.executable, "-c", script), on_line=lines.append, redact=lambda text: text.replace("S3ntinel", "•••")
        )
        return lines, psutil.Process().memory_info().rss - before

    lines, grown = run(
        "import sys\nfor _ in range(50): sys.stdout.write('x' * 1_000_000)\nprint('S3ntinel')\nprint('after')"
    )
    assert len(lines) == 2 and len(lines[0]) < 20_000
    assert lines[0].endswith("more characters left out]") and "49,9" in lines[0]
    assert lines[1] == "after"
    assert grown < 50_000_000
    lines, grown = run("import os, sys\nfor _ in range(20): sys.stdout.buffer.write(os.urandom(1_000_000))")
    assert lines and grown < 100_000_000
    assert all(isinstance(line, str) and "\n" not in line for line in lines)


@pytest.mark.slow
@proves(
    "A program that prints forever is cancelled; so is one that ignores a request to stop and has started another",
    "Not another line is passed on, not even from the stubborn one, which had time to end by itself; it and "
    "everything it started is gone",
    number=25,
)
@pytest.mark.parametrize("stubborn", [False, True])
def test_endless_output_is_cancelled(stubborn: bool) -> None:
    script = (
        "import signal, subprocess, sys\n"
        f"if {stubborn}: signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\nprint(child.pid, flush=True)\n"
        "while True: print('on and on')"
    )
    seen: list[str] = []
    with pytest.raises(Cancelled):
        process.run((sys.executable, "-c", script), on_line=seen.append, cancelled=lambda: len(seen) > 50_000)
    assert len(seen) == 50_001
    assert not process.is_alive(int(seen[0]))


FIRST = 10  # runs after which a worker has all that it ever needs
A_PLAN_LASTS = 5  # deployments; what was prepared for a plan is kept for the newest runs only


@dataclass(frozen=True)
class Kept:
    """What a worker holds when it has nothing to do.

    :param files: what lies in the state folder besides the runs, and in the folder for temporary files.
    """

    children: list[str]
    listening: list[object]
    descriptors: int
    threads: int
    files: set[str]


@pytest.mark.slow
@pytest.mark.timeout(900)
@proves(
    "A worker executes twenty runs one after another, whose own processes do nothing; and really deploys thirty times",
    "It keeps no process but the one that waits for the next run, no open file, port, thread or temporary file; "
    "its queue is empty, and it uses at most 10 MB more than after ten",
)
@pytest.mark.parametrize("real", [False, pytest.param(True, marks=pytest.mark.slice(0))])
def test_a_worker_that_works_for_long(
    real: bool, service: Service, wait_for: Callable[..., object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("SIMPLE_DEPLOY_CACHE_DIR", str(tmp_path / "cache"))
    if not real:
        for name, value in ending_at_once(os.environ).items():
            monkeypatch.setenv(name, value)
    service = Service(service.location)

    idle = psutil.Process(at_work(service, wait_for).pid)

    def children() -> set[int]:
        return {each.pid for each in idle.children(recursive=True)}

    def carried_out(run: Run) -> None:
        before = children()
        dispatch(service, run)
        wait_for(lambda: not service.run(run.id).is_active)
        wait_for(lambda: len(children()) == 1 and not children() & before)  # the one that waits for the next run
        done = finished(service, run, wait_for) if real else service.run(run.id)
        assert done.state is RunState.SUCCEEDED, done.error

    def kept() -> Kept:
        wait_for(lambda: not list((service.store.root / "queue").rglob("*.msg")))
        places = (service.store.root, temporary)
        found = {path.relative_to(place).as_posix() for place in places for path in place.rglob("*")}
        return Kept(
            # Whoever lost its parent is a child of nobody's, but works in the project or in a folder made for it.
            children=[
                " ".join(each.cmdline()) for each in psutil.process_iter()
                if each.pid not in {idle.pid, os.getpid()} and str(tmp_path) in _working_in(each)
            ],
            listening=[each for each in idle.net_connections() if each.status == psutil.CONN_LISTEN],
            descriptors=idle.num_fds(),
            threads=idle.num_threads(),
            files={name for name in found if not name.startswith(("runs/", "cache/inspection-"))},
        )  # fmt: skip

    for number, run in enumerate(deployments(service) if real else looks(service), 1):
        carried_out(run)
        if number == FIRST:
            before, held = kept(), idle.memory_info().rss
    after = kept()
    last = worker.alive(service.store.root)
    assert last is not None and last.pid == idle.pid, "it was the same worker"
    assert [each.partition(" -m ")[2] for each in before.children] == ["simple_deploy execute -"], "the next run's"
    assert before.listening == []
    assert after == before
    assert idle.memory_info().rss - held < 10_000_000
    runs = service.store.root / "runs"
    assert len(list(runs.iterdir())) == number >= 2 * FIRST
    assert not list(runs.glob("*/secrets")) and len(list(runs.glob("*/tree"))) <= 2


def looks(service: Service) -> Iterator[Run]:
    """Runs that are all alike."""
    for _ in range(20):
        yield service.create_plan("toy", {})


def deployments(service: Service) -> Iterator[Run]:
    """Thirty, and the plans for them. Each is to be carried out before the next one is made."""
    for number in range(30):
        if number in {0, 1} or number % A_PLAN_LASTS == 0:
            plan = service.create_plan("toy", {})  # for what the project is now
            yield plan
        rendered = service.plan_of(plan.id)
        assert rendered is not None
        given = {"greeting": "Good morning", "pin": "very-secret-pin"}
        yield service.create_apply(plan.id, rendered.digest, RunKind.DEPLOY, secrets=given)


def _working_in(each: psutil.Process) -> str:
    try:
        return " ".join((each.cwd(), *each.cmdline()))
    except psutil.Error:
        return ""
