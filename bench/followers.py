"""How long it takes until a class sees a line: sixty followers of one run, each with a stream of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.measure import percentile
from bench.places import Places
from bench.report import Row, Section, milliseconds
from simple_deploy.core.events import Output
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.context import SystemClock
from simple_deploy.present.share import lesson
from simple_deploy.present.share.lesson import Lesson
from simple_deploy.runs.eventlog import EventWriter
from simple_deploy.runs.service import Service, remember
from simple_deploy.system import process
from tests.support import recorded
from tests.support.waiting import waited

FOLLOWERS = 60
LINES = 300
INTERVAL = 0.05  # seconds between two lines
TARGET = 1.0  # seconds


def measure(places: Places) -> Section:
    service = recorded.service(places.folder)
    remember(service)
    run, begun = recorded.begin(service)
    begun.close()
    writer = EventWriter(service.store.folder(run.id), clock=SystemClock(), redact=Redactor())
    with sharing(service, places) as shared:
        seen = asyncio.run(followed(shared, writer))
    writer.close()
    found = [delay for delays in seen for delay in delays.values()]
    once = sum(len(delays) == LINES for delays in seen)
    middle, most, longest = (percentile(found, share) for share in (0.5, 0.95, 1.0))
    return Section(
        title="A class that follows",
        rows=[
            Row(
                what=f"Event written to line received, {FOLLOWERS} followers",
                value=f"p50 {milliseconds(middle)}, p95 {milliseconds(most)}, longest {milliseconds(longest)}",
                target="p95 under 1 s",
                met=most < TARGET,
            ),
            Row(
                what="Followers who got every line once",
                value=f"{once} of {FOLLOWERS}",
                target="all",
                met=once == FOLLOWERS,
            ),
        ],
        how=f"{LINES} lines, one every {INTERVAL * 1000:.0f} ms, written into a run; the server of *Follow along* in "
        f"one process, {FOLLOWERS} streams in another. We measured from the time in the event to the line in the "
        "follower.",
    )


@contextmanager
def sharing(service: Service, places: Places) -> Iterator[Lesson]:
    argv = [
        sys.executable,
        "-m",
        "simple_deploy",
        "--project",
        str(service.location.root),
        "share",
        "--at",
        "127.0.0.1",
    ]
    env = places.env() | {name: value for name, value in service.conf.as_environment().items() if value}
    started = subprocess.Popen(argv, cwd=places.folder, env=env, stdout=subprocess.DEVNULL, **process.own_group())
    try:
        yield waited(lambda: lesson.current(service.store.root))
    finally:
        lesson.stop(service.store.root)
        started.wait()


async def followed(shared: Lesson, writer: EventWriter) -> list[dict[int, float]]:
    """Seconds from each event to each follower, by the event's number. :raises RuntimeError: a line came twice."""
    ready = asyncio.Semaphore(0)
    following = [asyncio.create_task(follow(shared, ready)) for _ in range(FOLLOWERS)]
    for _ in following:
        await ready.acquire()
    for number in range(LINES):
        writer.record(None, Output(text=f"line {number} of what a build prints while a class looks on"))
        await asyncio.sleep(INTERVAL)
    return await asyncio.gather(*following)


async def follow(shared: Lesson, ready: asyncio.Semaphore) -> dict[int, float]:
    head = await ask(shared, f"/?code={shared.code}", "")
    cookie = next(line[12:].split(";")[0] for line in head.decode().split("\r\n") if line.startswith("Set-Cookie: "))
    reader, writer = await asyncio.open_connection("127.0.0.1", shared.port, limit=2**20)
    writer.write(request(shared, "/stream", cookie))
    await reader.readuntil(b"\r\n\r\n")
    ready.release()
    found: dict[int, float] = {}
    while len(found) < LINES:
        line = await reader.readline()
        if not line.startswith(b"data: ["):
            continue
        for frame in json.loads(line[6:]):
            if frame["seq"] in found:
                raise RuntimeError(f"line {frame['seq']} came twice")
            found[frame["seq"]] = time.time() - frame["at"]
    writer.close()
    return found


async def ask(shared: Lesson, target: str, cookie: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", shared.port)
    writer.write(request(shared, target, cookie))
    found = await reader.read()
    writer.close()
    return found


def request(shared: Lesson, target: str, cookie: str) -> bytes:
    kept = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{shared.port}\r\n{kept}\r\n".encode()
