"""How long an inspection of a project of 5,000 files takes, warm beside cold."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from bench.measure import interleaved, seconds
from bench.places import Places
from bench.report import Row, Section, milliseconds
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.inspection.locate import locate
from simple_deploy.system.process import run

FILES = 5_000
ROUNDS = 9


def measure(places: Places) -> Section:
    folder = project(places.folder / "large")
    location = locate(start=folder, runner=run, environ={})
    inspector = Inspector(run, cache_dir=places.folder / "cache")
    found = interleaved(
        {
            "cold": lambda: seconds(lambda: inspector.inspect(location, fresh=True)),
            "warm": lambda: seconds(lambda: inspector.inspect(location)),
        },
        ROUNDS,
    )
    warm, cold = statistics.median(found["warm"]), statistics.median(found["cold"])
    return Section(
        title="Looking at a large project",
        rows=[
            Row(
                what=f"Inspection of {FILES:,} files, nothing changed since the last",
                value=milliseconds(warm),
                beside=f"{milliseconds(cold)} when it loads the project",
                ratio=warm / cold,
                target="under 200 ms",
                met=warm < 0.2,
            )
        ],
        how=f"A project of {FILES:,} modules in 50 packages, all committed, looked at {ROUNDS} times each way. With "
        "nothing changed the project is not loaded again; git is asked every time.",
    )


def project(folder: Path, files: int = FILES) -> Path:
    """A project as startproject makes it, with *files* modules in 50 packages, committed."""
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", "."], cwd=folder, check=True)
    (folder / "requirements.txt").write_text("django\n", encoding="utf-8")
    for number in range(files):
        package = folder / f"package_{number % 50}"
        package.mkdir(exist_ok=True)
        (package / f"module_{number}.py").write_text(f"import os\n\nNUMBER = {number}\n", encoding="utf-8")
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    for arguments in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "First"]):
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True)
    return folder
