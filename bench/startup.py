"""What the app adds to the start of every command, beside what django-simple-deploy adds."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from bench.measure import difference, interleaved, program
from bench.places import CHECKOUT, Places
from bench.report import Row, Section, milliseconds

ROUNDS = 30
OTHER = "django-simple-deploy>=1.4,<1.5"
PLUGIN = "dsd-flyio"
CHILD = Path(__file__).with_name("app_child.py")


def measure(places: Places) -> Section:
    ours = places.environment("ours", str(CHECKOUT))
    other = places.environment("other", OTHER, PLUGIN)
    version = places.run(
        [other, "-c", "from importlib.metadata import version; print(version('django-simple-deploy'))"],
        cwd=places.folder,
    ).strip()
    bare = project(places, "without", "")
    env = places.env()
    env.pop("PYTHONPATH")

    def added(python: Path, app: str) -> Callable[[], float]:
        return lambda: float(places.run([python, CHILD, app], cwd=bare, env=env).splitlines()[-1])

    def check(folder: Path) -> Callable[[], float]:
        return lambda: program([ours, "manage.py", "check"], cwd=folder, env=env).cpu

    found = interleaved(
        {
            "ours": added(ours, "simple_deploy"),
            "other": added(other, "django_simple_deploy"),
            "without": check(bare),
            "with": check(project(places, "with", "simple_deploy")),
        },
        ROUNDS,
    )
    middle = {name: statistics.median(values) for name, values in found.items()}
    whole = difference(found, "with", "without")
    rows = [
        Row(
            what="What the app adds to a command",
            value=milliseconds(middle["ours"]),
            beside=f"{milliseconds(middle['other'])} by django-simple-deploy",
            ratio=middle["ours"] / middle["other"],
            target="at most 1",
            met=middle["ours"] <= middle["other"],
        ),
        Row(
            what="`manage.py check` with the app",
            value=milliseconds(middle["without"] + whole),
            beside=f"{milliseconds(middle['without'])} without",
            ratio=1 + whole / middle["without"],
        ),
    ]
    return Section(
        title="Start of a command",
        rows=rows,
        how=f"First row: {ROUNDS} processes that have already loaded Django and a project as `startproject` makes it. "
        "We measured loading the app, running its `ready()`, finding its commands and running its checks. The "
        f"comparison is django-simple-deploy {version} with its plugin {PLUGIN}, in a separate environment with the "
        "same Python and Django; both were installed as a user would install them. Second row: processor time of "
        f"the whole command with and without the app, {ROUNDS} times each. The app adds so little that it "
        "disappears in the normal variation of a process. Celery, pluggy, psutil and the plugins are loaded when "
        "the dashboard is first opened; a test checks this.",
    )


def project(places: Places, name: str, app: str) -> Path:
    """A project as startproject makes it, with *app* installed where one is given."""
    folder = places.folder / name
    folder.mkdir()
    places.run([sys.executable, "-m", "django", "startproject", "mysite", folder], cwd=places.folder)
    settings = folder / "mysite" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    entry = f'\n    "{app}",' if app else ""
    settings.write_text(text.replace("INSTALLED_APPS = [", f"INSTALLED_APPS = [{entry}"), encoding="utf-8")
    return folder
