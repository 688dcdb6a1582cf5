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
    modules = _row("", project(places.folder / "large"), places)
    served = _row(", all of them templates and static files", project(places.folder / "served", served=True), places)
    return Section(
        title="Looking at a large project",
        rows=[modules, served],
        how=f"A project of {FILES:,} modules in 50 packages, all committed, inspected {ROUNDS} times each way; and a "
        "project of as many templates and static files in 50 apps. The second compares each file with the commit "
        "and asks git for an attribute of each. If nothing has changed, the project is not loaded again; git is "
        "asked every time.",
    )


def _row(what: str, folder: Path, places: Places) -> Row:
    location = locate(start=folder, runner=run, environ={})
    inspector = Inspector(run, cache_dir=places.folder / f"cache of {folder.name}")
    found = interleaved(
        {
            "cold": lambda: seconds(lambda: inspector.inspect(location, fresh=True)),
            "warm": lambda: seconds(lambda: inspector.inspect(location)),
        },
        ROUNDS,
    )
    warm, cold = statistics.median(found["warm"]), statistics.median(found["cold"])
    return Row(
        what=f"Inspection of {FILES:,} files{what}, nothing changed since the last",
        value=milliseconds(warm),
        beside=f"{milliseconds(cold)} when it loads the project",
        ratio=warm / cold,
        target="under 200 ms",
        met=warm < 0.2,
    )


def project(folder: Path, files: int = FILES, *, served: bool = False) -> Path:
    """A project as startproject makes it, with *files* modules in 50 packages, committed.

    :param served: with templates and static files in 50 apps in their place, and git attributes for some of them.
    """
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", "."], cwd=folder, check=True)
    (folder / "requirements.txt").write_text("django\n", encoding="utf-8")
    for number in range(files):
        package = folder / f"package_{number % 50}"
        file = package / _place(number, served=served)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"import os\n\nNUMBER = {number}\n", encoding="utf-8")
    if served:
        (folder / ".gitattributes").write_text("*.bin filter=lfs\n", encoding="utf-8")
        settings = folder / "mysite" / "settings.py"
        for package in folder.glob("package_*"):
            (package / "__init__.py").touch()
        text = settings.read_text(encoding="utf-8")
        apps = "".join(f'    "package_{number}",\n' for number in range(min(50, files)))
        settings.write_text(text.replace("INSTALLED_APPS = [\n", f"INSTALLED_APPS = [\n{apps}"), encoding="utf-8")
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    for arguments in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "First"]):
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True)
    return folder


def _place(number: int, *, served: bool) -> str:
    if not served:
        return f"module_{number}.py"
    return f"templates/page_{number}.html" if number % 100 < 50 else f"static/part/style_{number}.css"
