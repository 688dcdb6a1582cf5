"""Fifty readers of one run's stream, and a worker that has done a hundred runs."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Mapping

import psutil

from bench.background import begin, service_of, wait_for_end
from bench.live import LiveRun
from bench.measure import interleaved, seconds
from bench.memory import peak_of_tree
from bench.places import Places
from bench.report import Row, Section, megabytes, milliseconds
from simple_deploy.jobs import worker
from simple_deploy.runs.service import Service
from tests.web.servers import Server, serving

LINES = 10_000
READERS = 50
ROUNDS = 3
PATIENCE = 600.0  # seconds without a byte after which a reader gives up
SERVERS = {"runserver": "runserver without reload", "uvicorn --reload": "uvicorn"}
FIRST, LAST = 10, 100  # runs of the worker after which its memory is looked at


def measure(places: Places) -> Section:
    env = places.env()
    with service_of(places.plain, env) as service:
        run = LiveRun.start(service)
        with run.writing(env, LINES):
            pass
        run.end()
        rows = [row for name, kind in SERVERS.items() for row in of_server(places, env, run, name, kind)]
        rows.append(of_worker(service))
    return Section(
        title="Under load",
        rows=rows,
        how=f"A run of {LINES:,} lines, all of which every reader gets. A reader whose stream ends continues from the "
        f"last number it saw, as a browser does. The run was read by one reader and by {READERS} at once, {ROUNDS} "
        "times. All readers are threads of one Python on the server's computer, so the times cover both. Memory is "
        "the most that the server's processes had used so far, after single readers and after all. The worker asks "
        "this computer's platform for its state, again and again, each time in a separate process; its memory is "
        "what it uses afterwards.",
    )


def of_server(places: Places, env: Mapping[str, str], run: LiveRun, name: str, kind: str) -> list[Row]:
    with serving(places.plain, env, kind) as server:
        server.enter()
        for _ in range(ROUNDS):
            readers(server, run, 1)
        few = peak_of_tree(server.pid)
        took = interleaved(
            {"one": lambda: readers(server, run, 1), "many": lambda: readers(server, run, READERS)},
            ROUNDS,
        )
        most = peak_of_tree(server.pid)
    one, many = statistics.median(took["one"]), statistics.median(took["many"])
    return [
        Row(
            what=f"{LINES:,} lines to {READERS} readers at once, {name}",
            value=milliseconds(many),
            beside=f"{milliseconds(one)} to one reader",
            ratio=many / one,
            target=f"at most {READERS}",
            met=many / one <= READERS,
        ),
        Row(
            what=f"Most memory with {READERS} readers, {name}",
            value=megabytes(most),
            beside=f"{megabytes(few)} with one reader",
            ratio=most / few,
            target="at most 300 MB more",
            met=most - few < 300e6,
        ),
    ]


def of_worker(service: Service) -> Row:
    held: dict[int, int] = {}
    for number in range(1, LAST + 1):
        run = service.create_operation("local", "status")
        begin(service, run)
        wait_for_end(service, run.id)
        if number in {FIRST, LAST}:
            working = worker.alive(service.store.root)
            if working is None:
                raise RuntimeError("the worker is gone")
            held[number] = psutil.Process(working.pid).memory_info().rss
    return Row(
        what=f"Memory of the worker after {LAST} runs",
        value=megabytes(held[LAST]),
        beside=f"{megabytes(held[FIRST])} after {FIRST}",
        ratio=held[LAST] / held[FIRST],
        target="at most 10 MB more",
        met=held[LAST] - held[FIRST] < 10e6,
    )


def readers(server: Server, run: LiveRun, count: int) -> float:
    """Seconds until *count* readers at once have had every line."""
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(follow(server, run))) for _ in range(count)]

    def all_of_them() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    took = seconds(all_of_them)
    if got != [LINES] * count:
        raise RuntimeError(f"readers had {sorted(set(got))} lines")
    return took


def follow(server: Server, run: LiveRun) -> int:
    """Read the stream of *run* to its end; returns how many lines came."""
    seen, lines, done = 0, 0, False
    while not done:
        connection = server.connect()
        connection.sock.settimeout(PATIENCE)
        headers = {"Cookie": server.cookie, "Last-Event-ID": str(seen)}
        connection.request("GET", f"{server.within(run.address)}stream/", headers=headers)
        for line in connection.getresponse():
            if line.startswith(b"id: "):
                seen = int(line[4:])
            lines += line.count(b"line-out")
            done = done or line.startswith(b"event: done")
        connection.close()
    return lines
