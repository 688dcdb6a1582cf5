"""What of a deployment to this computer is the tool's own time, and how long the same takes by hand."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import uv

from bench.measure import program, seconds
from bench.places import Places
from bench.report import Row, Section, milliseconds
from simple_deploy.system import process
from tests.web.servers import free_port

ROUNDS = 3
DEPLOY = ("deploy", "--platform", "local", "--yes", "--no-input", "--json")
TARGET = 0.10
PATIENCE = 30.0  # seconds a server has to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds: on the clock, in which programs ran, and of the processor in the process itself."""

    wall: float
    children: float
    cpu: float

    @property
    def own(self) -> float:
        return self.wall - self.children


def measure(places: Places) -> Section:
    first, again, hand = [], [], []
    for number in range(-1, ROUNDS):
        project, env = places.sample(f"sample{number}"), places.env(f"home{number}")
        report = places.folder / "report.json"
        found = deploy(project, env, report), by_hand(places, project, env), deploy(project, env, report)
        places.run([sys.executable, "manage.py", *DEPLOY, "--destroy"], cwd=project, env=env)
        if number >= 0:
            first.append(found[0])
            hand.append(found[1])
            again.append(found[2])
    typed = statistics.median(hand)
    return Section(
        title="A deployment to this computer",
        rows=[
            row("A first deployment", first),
            row("The next one", again),
            Row(
                what="A first deployment, all of it",
                value=milliseconds(statistics.median(each.wall for each in first)),
                beside=f"{milliseconds(typed)} for the same steps by hand",
                ratio=statistics.median(each.wall / by for each, by in zip(first, hand, strict=True)),
            ),
        ],
        how=f"The sample project, `manage.py deploy --platform local --automate-all`, {ROUNDS} times from nothing and "
        "then once more each; packages come from uv's cache. The tool's own time is the elapsed time without the "
        "time in which at least one program it started was running or it was waiting for the site: it includes "
        "starting Python and Django, imports, writing files and events, and starting programs. By hand: "
        "`git clone`, `uv venv`, `uv pip install`, a copy of the database, `collectstatic`, `migrate`, "
        "`check --deploy`, gunicorn, and requesting the first page until it comes, one right after the other. The "
        "rest is what nobody does by hand: inspecting the project, trying the plan in a separate environment, "
        "trying the migrations on a copy, and trying the release at a separate address before it serves.",
    )


def deploy(project: Path, env: Mapping[str, str], report: Path) -> Timing:
    argv = [sys.executable, "-m", "bench.deploy_child", str(report), *DEPLOY, "--automate-all"]
    wall = program(argv, cwd=project, env=env).wall
    return Timing(wall=wall, **json.loads(report.read_text(encoding="utf-8")))


def row(name: str, found: Iterable[Timing]) -> Row:
    timings = list(found)
    share = statistics.median(each.own / each.wall for each in timings)
    own, wall, cpu = (statistics.median(getattr(each, part) for each in timings) for part in ("own", "wall", "cpu"))
    return Row(
        what=f"{name}, the tool's own time",
        value=f"{milliseconds(own)}, {milliseconds(cpu)} of the processor",
        beside=f"{milliseconds(wall)} in all",
        ratio=share,
        target="at most 0.10",
        met=share <= TARGET,
    )


def by_hand(places: Places, project: Path, env: Mapping[str, str]) -> float:
    """Seconds from cloning the deployed commit to the first page of a site made from it, one command at a time."""
    folder = places.folder / f"by-hand-{project.name}"
    python = folder / "venv" / "bin" / "python"
    site = folder / "site"
    there = {**env, **variables(env, folder)}
    there.pop("PYTHONPATH")

    def run(*argv: str | Path, cwd: Path = site) -> None:
        places.run(list(argv), cwd=cwd, env=there)

    def steps() -> subprocess.Popen[bytes]:
        run("git", "clone", "--quiet", project, site, cwd=places.folder)
        run(uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, folder / "venv")
        run(uv.find_uv_bin(), "pip", "install", "--python", python, "-r", "requirements.txt")
        (folder / "data").mkdir()
        shutil.copy2(project / "db.sqlite3", folder / "data" / "db.sqlite3")
        for arguments in (("collectstatic", "--noinput"), ("migrate", "--noinput"), ("check", "--deploy")):
            run(python, "manage.py", *arguments)
        port = free_port()
        bound = f"127.0.0.1:{port}"
        server = subprocess.Popen(
            [str(python), "-m", "gunicorn", "--threads", "8", "--bind", bound, "blog.wsgi:application"],
            cwd=site,
            env=there,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **process.own_group(),
        )
        wait_for_page(f"http://{bound}/")
        return server

    started: list[subprocess.Popen[bytes]] = []
    try:
        return seconds(lambda: started.append(steps()))
    finally:
        for server in started:
            process.kill_tree(server.pid)
            server.wait()


def variables(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What the deployed release has in its environment, with folders of one's own."""
    releases = Path(env["SIMPLE_DEPLOY_DATA_DIR"]).glob("local/*/releases/*/environment.json")
    found: dict[str, str] = json.loads(next(releases).read_text(encoding="utf-8"))
    own = {"DATA": folder / "data", "MEDIA": folder / "media", "STATIC": folder / "static"}
    return {**found, **{f"SIMPLE_DEPLOY_{name}": str(path) for name, path in own.items()}}


def wait_for_page(url: str) -> None:
    """:raises RuntimeError: it does not come."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{url} does not answer")
