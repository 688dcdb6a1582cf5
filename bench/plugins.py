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

ROUNDS = 30
LIMIT = 0.1  # seconds

_LOOK = """
import sys, time
from pathlib import Path
from simple_deploy.legacy import discover
from simple_deploy.legacy.describe import Descriptions
wall, processor = time.perf_counter(), time.process_time()
found = tuple(discover.plugins())
descriptions = Descriptions(found, Path(sys.argv[1]))
for each in found:
    descriptions.get(each)
print(len(found), time.perf_counter() - wall, time.process_time() - processor)
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
            places.run([beside.python, CHILD, "simple_deploy"], cwd=bare, env=beside.variables()).splitlines()[-1]
        )

    def look() -> tuple[float, float]:
        printed = places.run([several.python, "-c", _LOOK, kept], cwd=bare, env=several.variables()).split()
        number, wall, processor = printed[-3:]
        if int(number) != len(PLUGINS):
            raise RuntimeError(f"{number} plugins were found, of {len(PLUGINS)}.")
        return float(wall), float(processor)

    first, _ = look()
    found = interleaved({"several": added(several), "none": added(none), "look": lambda: look()[1]}, ROUNDS)
    middle = {name: statistics.median(values) for name, values in found.items()}
    rows = [
        Row(
            what=f"What the app adds to a command beside {len(PLUGINS)} plugins",
            value=milliseconds(middle["several"]),
            beside=f"{milliseconds(middle['none'])} beside none",
            ratio=middle["several"] / middle["none"],
            target="at most 1.1",
            met=middle["several"] <= 1.1 * middle["none"],
        ),
        Row(
            what=f"Knowing what {len(PLUGINS)} plugins are",
            value=milliseconds(middle["look"]),
            beside=f"{milliseconds(first)} the first time",
            target=milliseconds(LIMIT),
            met=middle["look"] <= LIMIT,
        ),
    ]
    return Section(
        title="Public plugins of django-simple-deploy",
        rows=rows,
        how="The first row: as the one that compares the start of a command with django-simple-deploy, once with all "
        "public plugins installed in the same environment, and once with none. The second: finding them and reading "
        f"what they said about themselves, in a process that has loaded the code for it: its processor time, {ROUNDS} "
        "times. Beside it the first time, on the clock, when somebody first looks at the platforms: each is then "
        "asked in a process of its own.",
    )


def environment(places: Places, name: str) -> Environment:
    home = places.folder / f"home of {name}"
    home.mkdir()
    return Environment(places.folder / name, Path(home), name)
