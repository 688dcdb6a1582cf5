"""What the app adds to the host project's own requests."""

from __future__ import annotations

import json
import statistics
import sys

from bench.measure import difference, spread
from bench.places import Places
from bench.report import Row, Section, milliseconds
from bench.requests_child import BLOCK, ROUNDS

VIEW = """\
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("hello"))]
"""


def measure(places: Places) -> Section:
    project = places.plain
    (project / "mysite" / "urls.py").write_text(VIEW, encoding="utf-8")
    printed = places.run([sys.executable, "-m", "bench.requests_child"], cwd=project)
    found = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    return Section(
        title="Requests of the host project",
        rows=[row(kind, found[kind]) for kind in found],
        how=f"{ROUNDS['wsgi'] * BLOCK:,} requests (under ASGI {ROUNDS['asgi'] * BLOCK:,}) to a view that says hello, "
        f"in the process itself and with the middleware that `startproject` lists: {BLOCK} in a row with the app's "
        f"middleware, {BLOCK} without, {BLOCK} without again, and so on. The target is met if the difference is "
        "within the middle half of the differences between the two identical runs.",
    )


def row(kind: str, found: dict[str, list[float]]) -> Row:
    base = statistics.median(found["without"])
    added = difference(found, "with", "without")
    low, high = spread(found, "again", "without")
    return Row(
        what=f"Added to a request outside `/simple-deploy/`, {kind.upper()}",
        value=milliseconds(added),
        beside=f"{milliseconds(low)} to {milliseconds(high)} between two runs without",
        ratio=1 + added / base,
        target="not measurable",
        met=low <= added <= high,
    )
