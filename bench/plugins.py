"""What all public plugins of django-simple-deploy cost that are installed beside the dashboard."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

from bench.measure import interleaved
from bench.places import Places
from bench.report import Row, Section, milliseconds
from bench.startup import CHILD, project
from tests.legacy.plugins import PLUGINS, Environment

ROUNDS = 15
LIMIT = 0.1  # seconds

_LOOK = """
import sys, time
from pathlib import Path
from simple_deploy.legacy import discover
from simple_deploy.legacy.describe import Descriptions
start = time.process_time()
found = tuple(discover.plugins())
descriptions = Descriptions(found, Path(sys.argv[1]))
for each in found:
    descriptions.get(each)
print(len(found), time.process_time() - start)
"""
_DJANGO = "import django; print(django.get_version())"


def measure(places: Places) -> Section:
    several = environment(places, "several")
    several.make(*(f"dsd-{name}" for name in PLUGINS))
    django = places.run([several.python, "-c", _DJANGO], cwd=places.folder).strip()
    none = environment(places, "none")
    none.make(f"django=={django}")
    bare, kept = project(places, "without", ""), places.folder / "kept"

    def added(beside: Environment) -> Callable[[], float]:
        return lambda: float(
            places.run([beside.python, CHILD, "simple_deploy"], cwd=bare, env=beside.variables()).splitlines()[-2]
        )

    def look() -> float:
        printed = places.run([several.python, "-c", _LOOK, kept], cwd=bare, env=several.variables()).split()
        if int(printed[-2]) != len(PLUGINS):
            raise RuntimeError(f"{printed[-2]} plugins were found, of {len(PLUGINS)}.")
        return float(printed[-1])

    found = interleaved({"several": added(several), "none": added(none), "look": look}, ROUNDS)
    middle = {name: statistics.median(values) for name, values in found.items()}
    rows = [
        Row(
            what=f"What the app adds to a command with {len(PLUGINS)} plugins",
            value=milliseconds(middle["several"]),
            beside=f"{milliseconds(middle['none'])} with none",
            ratio=middle["several"] / middle["none"],
            target="at most 1.1",
            met=middle["several"] <= 1.1 * middle["none"],
        ),
        Row(
            what=f"Knowing what {len(PLUGINS)} plugins are",
            value=milliseconds(middle["look"]),
            target=milliseconds(LIMIT),
            met=middle["look"] <= LIMIT,
        ),
    ]
    return Section(
        title="Public plugins of django-simple-deploy",
        rows=rows,
        how="First row: measured like the comparison of a command's start with django-simple-deploy, but in processor "
        "time, once with all public plugins installed in the same environment and once with none. Second row: "
        "finding the plugins and reading what they said about themselves when each was first asked, in a process "
        f"that has loaded the code for it; its processor time, {ROUNDS} times.",
    )


def environment(places: Places, name: str) -> Environment:
    home = places.folder / f"home of {name}"
    home.mkdir()
    return Environment(places.folder / name, Path(home), name)
