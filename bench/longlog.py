"""A run as long as the product keeps: its page, the memory of both sides, readers of the stream, the download."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable, Iterable
from functools import partial
from http.client import HTTPConnection

import psutil
from playwright.sync_api import Page

from bench.background import service_of
from bench.live import LiveRun, chromium, visiting
from bench.measure import interleaved, seconds
from bench.places import Places
from bench.report import Row, Section, megabytes, milliseconds
from simple_deploy.runs.eventlog import HEAD
from tests.web.servers import Server, serving

LINES = HEAD
FEW = 100
MORE = 10_000  # lines that arrive while somebody looks, and that each reader is sent
READERS = 4
CROWD = 20  # readers that wait for their first event at the same time
ROUNDS = 5
KEPT = 3_000  # lines the page keeps while it is followed
WARM = 3  # rounds after which the memory of the server is looked at for the first time


def measure(places: Places) -> Section:
    env = places.env()
    with service_of(places.plain, env) as service:
        short = LiveRun.start(service)
        with short.writing(env, FEW):
            pass
        short.end()
        long = LiveRun.start(service)

        def write() -> None:
            with long.writing(env, LINES):
                pass

        written = seconds(write)
        with (
            serving(places.plain, env, "runserver without reload") as server,
            chromium() as browser,
            visiting(browser, server) as page,
        ):
            first = interleaved(
                {
                    "few": lambda: first_paint(page, short.seen_by(page)),
                    "many": lambda: first_paint(page, long.seen_by(page)),
                },
                ROUNDS,
            )
            server.enter()
            after = long.last - MORE
            for _ in range(WARM):
                readers(server, long, after, READERS)
            before = memory(server)
            read = interleaved(
                {
                    "one": lambda: readers(server, long, after, 1),
                    "several": lambda: readers(server, long, after, READERS),
                },
                3,
            )
            waited = interleaved(
                {"one": lambda: first_events(server, long, 1), "crowd": lambda: first_events(server, long, CROWD)}, 3
            )
            saved = interleaved({"log": lambda: downloaded(server, long)}, 3)
            whole = seconds(lambda: follow(server, long, 0, long.last))
            with long.writing(env, MORE):
                pass
            last = f"e{long.last}"
            page.wait_for_function("last => document.getElementById(last)", arg=last)
            lines = page.evaluate("document.getElementById('log-lines').children.length")
            nodes = page.evaluate("document.getElementsByTagName('*').length")
            flat = memory(server)
            long.end()
    few, many = statistics.median(first["few"]), statistics.median(first["many"])
    one, several = statistics.median(read["one"]), statistics.median(read["several"])
    alone, crowded = statistics.median(waited["one"]), statistics.median(waited["crowd"])
    speed = statistics.median(saved["log"])
    rows = [
        Row(
            what=f"First paint of a run with {LINES:,} lines",
            value=milliseconds(many),
            beside=f"{milliseconds(few)} with {FEW} lines",
            ratio=many / few,
            target="under 1 s",
            met=many < 1.0,
        ),
        Row(
            what=f"Elements in the page, {MORE:,} lines later",
            value=f"{nodes:,}, of which {lines:,} lines",
            beside=f"{LINES + MORE:,} lines",
            ratio=lines / (LINES + MORE),
            target=f"at most {KEPT:,} lines",
            met=lines <= KEPT,
        ),
        Row(
            what="Memory of the web process after all of this",
            value=megabytes(flat),
            beside=f"{megabytes(before)} before the long streams",
            ratio=flat / before,
            target="flat",
            met=flat / before < 1.1,
        ),
        Row(
            what=f"{MORE:,} lines to {READERS} readers at once",
            value=milliseconds(several),
            beside=f"{milliseconds(one)} to one reader",
            ratio=several / one,
        ),
        Row(
            what=f"First event of {CROWD} readers who begin at the same line, the last of them",
            value=milliseconds(crowded),
            beside=f"{milliseconds(alone)} for one reader",
            ratio=crowded / alone,
            target="under 1 s",
            met=crowded < 1.0,
        ),
        Row(
            what=f"log.txt of {LINES:,} lines",
            value=f"{speed / 1e6:.0f} MB/s",
            beside="20 MB/s, the least that is wanted",
            ratio=speed / 20e6,
            target="at least 20 MB/s",
            met=speed >= 20e6,
        ),
        Row(
            what=f"Reading {LINES:,} lines from the first, per line",
            value=milliseconds(whole / LINES),
            beside=f"{milliseconds(written / LINES)} to write one",
            ratio=whole / written,
        ),
    ]
    return Section(
        title="A long log",
        rows=rows,
        how=f"A run of {LINES:,} lines, shown by Django's development server in Chromium; first paint is the browser's "
        f"own first contentful paint, {ROUNDS} times. Then we read the stream without a browser: the last {MORE:,} "
        f"lines by one reader and by {READERS} at once, and all lines from the first. Finally {MORE:,} more lines "
        f"are written while the page follows. The page first shows the last 1,000 lines and keeps {KEPT:,}; earlier "
        f"ones come on request. The memory it is compared with was measured after {READERS} readers had connected "
        f"{WARM} times, because threads that work at the same time take their share once.",
    )


def first_paint(page: Page, address: str) -> float:
    """Seconds from asking for the page to its first paint, as the browser measured it."""
    page.goto(address)
    paint = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    return float(page.wait_for_function(paint).json_value()) / 1000


def memory(server: Server) -> int:
    """Bytes the server's process holds."""
    return int(psutil.Process(server.pid).memory_info().rss)


def readers(server: Server, run: LiveRun, after: int, count: int) -> float:
    """Seconds until *count* readers at once have had every event after *after*."""
    return at_once([partial(follow, server, run, after, run.last)] * count)


def at_once(works: Iterable[Callable[[], None]]) -> float:
    """Seconds until all of *works*, each in a thread of its own, are done."""
    threads = [threading.Thread(target=work) for work in works]

    def all_of_them() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return seconds(all_of_them)


def first_events(server: Server, run: LiveRun, count: int) -> float:
    """Seconds until each of *count* readers at once, who begin at the first line, has had an event.

    They are connected before: the development server lets ten wait at its door and leaves the others to the system,
    which tries again after a second.
    """
    connections = [server.connect() for _ in range(count)]
    for connection in connections:
        connection.connect()

    def read(connection: HTTPConnection) -> None:
        connection.request("GET", f"{server.within(run.address)}stream/", headers={"Cookie": server.cookie})
        response = connection.getresponse()
        while not response.readline().startswith(b"id: "):
            pass
        connection.close()

    return at_once([partial(read, connection) for connection in connections])


def downloaded(server: Server, run: LiveRun) -> float:
    """Bytes a second at which the log is sent as a file."""
    connection = server.connect()
    size = 0

    def read() -> None:
        nonlocal size
        connection.request("GET", f"{server.within(run.address)}log.txt", headers={"Cookie": server.cookie})
        response = connection.getresponse()
        while piece := response.read(1_000_000):
            size += len(piece)

    took = seconds(read)
    connection.close()
    return size / took


def follow(server: Server, run: LiveRun, after: int, last: int) -> None:
    """Read the stream of *run* until the event *last* has come. Where it ends before, connect again, as browsers do."""
    while after < last:
        connection, begun = server.connect(), after
        address = f"{server.within(run.address)}stream/?after={after}"
        connection.request("GET", address, headers={"Cookie": server.cookie})
        response = connection.getresponse()
        while after < last and (line := response.readline()):
            if line.startswith(b"id: "):
                after = int(line[4:])
        connection.close()
        if after == begun:
            raise RuntimeError("the stream ended before its last event")
