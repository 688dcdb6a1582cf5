"""How long it takes from writing an event to its line being visible in the browser."""

from __future__ import annotations

from collections.abc import Mapping

from bench.background import service_of
from bench.live import LiveRun, chromium, visiting
from bench.measure import percentile
from bench.places import Places
from bench.report import Row, Section, milliseconds
from simple_deploy.runs.service import Service
from simple_deploy.web.stream import TICK
from tests.web.servers import serving

LINES = 400
INTERVAL = 0.023  # seconds between two lines; no multiple of the server's own
TARGET = 0.150  # seconds
SERVERS = {"runserver": "runserver", "uvicorn": "uvicorn --reload"}

WATCH = """() => {
  window.seen = {};
  new MutationObserver((records) => {
    const ids = [];
    for (const record of records) for (const line of record.addedNodes) if (line.id) ids.push(line.id.slice(1));
    // Not when it is in the document: when the frame that shows it has been drawn.
    requestAnimationFrame(() => setTimeout(() => {
      const now = Date.now();
      for (const id of ids) window.seen[id] ??= now;
    }));
  }).observe(document.getElementById("log-lines"), { childList: true });
}"""


def measure(places: Places) -> Section:
    env, rows = places.env(), []
    with service_of(places.plain, env) as service, chromium() as browser:
        version = browser.version
        for kind, name in SERVERS.items():
            with serving(places.plain, env, kind) as server, visiting(browser, server) as page:
                run = LiveRun.start(service)
                page.goto(run.seen_by(page))
                page.evaluate(WATCH)
                with run.writing(env, LINES, INTERVAL):
                    pass
                page.wait_for_function("last => window.seen[last]", arg=run.last)
                rows.append(row(name, delays(service, run.id, page.evaluate("window.seen"))))
                run.end()
    return Section(
        title="From the event to the screen",
        rows=rows,
        how=f"{LINES} lines, one every {INTERVAL * 1000:.0f} ms, written by a separate process into a run whose page "
        f"is open in Chromium {version}, under Django's development server and under uvicorn, each with its reloader. "
        "We measured from the time in the event to the end of the frame that shows the line. The server looks for "
        f"new events every {TICK * 1000:.0f} ms. Under uvicorn a stream ends every two seconds, so that it does not "
        "hold up a reload, and the page connects again; this causes the longest waits.",
    )


def delays(service: Service, run_id: str, seen: Mapping[str, float]) -> list[float]:
    """Seconds from each event to its line.

    :raises RuntimeError: a line was never shown.
    """
    events = [event for event in service.events(run_id) if event.payload.kind == "output"]
    missing = [event.seq for event in events if str(event.seq) not in seen]
    if missing or len(events) != LINES:
        raise RuntimeError(f"of {len(events)} lines {len(missing)} were not shown")
    return [seen[str(event.seq)] / 1000 - event.at for event in events]


def row(name: str, found: list[float]) -> Row:
    middle, most, longest = (percentile(found, share) for share in (0.5, 0.95, 1.0))
    return Row(
        what=f"Event written to line visible, {name}",
        value=f"p50 {milliseconds(middle)}, p95 {milliseconds(most)}, longest {milliseconds(longest)}",
        beside=f"{milliseconds(TICK)} between two looks of the server",
        ratio=most / TICK,
        target="p95 under 150 ms",
        met=most < TARGET,
    )
