"""A site on a server of one's own: how long a deployment takes, and how long a script of one's own."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import uv

from bench.deployment import wait_for_page
from bench.measure import seconds
from bench.places import Places
from bench.report import Row, Section
from tests.support import machines
from tests.support.machines import Machine

ROUNDS = 3
SCRIPT = Path(__file__).with_name("server_by_hand.sh")
FIRST, AGAIN = 1.1, 1.3  # times as long as by hand, at most
#: The steps of each release, and those that make a bare server ready for the first one; the script does the same.
RELEASE = ("install", "prepare", "backup", "migrate", "probe", "switch")
BOOTSTRAP = ("packages", "firewall", "uv", "account", "database", "variables", *RELEASE, "nightly", "front")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds: of the whole command, and of its steps on the server."""

    wall: float
    steps: float


def measure(places: Places) -> Section:
    project = places.sample("sample")
    with ExitStack() as stack:
        ours, theirs = (stack.enter_context(machines.machine()) for _ in range(2))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="home-")))
        (home / ".ssh").mkdir(mode=0o700)
        agent = stack.enter_context(machines.agent(home / "agent", ours.key))
        env = places.env("home", HOME=str(home), **agent)
        first = deploy(project, env, ours, BOOTSTRAP)
        typed_first = by_hand(places, project, theirs, "first")
        again, typed = [], []
        for number in range(ROUNDS):
            change(places, project, number)
            for action in turn(
                number,
                lambda: again.append(deploy(project, env, ours)),
                lambda: typed.append(by_hand(places, project, theirs, "again")),
            ):
                action()
    return Section(
        title="A deployment to a server",
        rows=[
            row("From a bare server to the site, its steps on the server", [first], [typed_first], FIRST, part=True),
            row("From a bare server to the site, all of it", [first], [typed_first]),
            row("The next release, its steps on the server", again, typed, AGAIN, part=True),
            row("The next release, all of it", again, typed),
        ],
        how="The sample project on two machines with a bare Debian 13, which systemd-nspawn boots on this computer. "
        "One is deployed with `manage.py deploy --platform vps --automate-all`, the other with the script "
        "bench/server_by_hand.sh, which is sent with the commit and run by a single ssh call. Both install the "
        "same packages and make the same things: a user, a database, units, a firewall, a configuration of Caddy; "
        "then a release in its own folder and environment, which is checked, migrated after a backup, tried and "
        f"switched to. Apt has its packages already, and both wait for the first page. Then {ROUNDS} releases that "
        "change a template, each on both. The rest of a whole command is what the script leaves out: inspecting "
        "the server and the project, the plan, trying it, and visiting the site.",
    )


def turn(number: int, *actions: Callable[[], None]) -> tuple[Callable[[], None], ...]:
    """*actions*, each time another one first."""
    start = number % len(actions)
    return (*actions[start:], *actions[:start])


def row(name: str, found: list[Timing], typed: list[float], most: float = 0.0, *, part: bool = False) -> Row:
    """:param part: whether only the steps on the server count."""
    took = [each.steps if part else each.wall for each in found]
    ratio = statistics.median(one / other for one, other in zip(took, typed, strict=True))
    return Row(
        what=name,
        value=f"{statistics.median(took):.1f} s",
        beside=f"{statistics.median(typed):.1f} s by the script",
        ratio=ratio,
        target=f"at most {most}" if most else "",
        met=ratio <= most if most else None,
    )


def deploy(project: Path, env: Mapping[str, str], machine: Machine, counted: Sequence[str] = RELEASE) -> Timing:
    given = ("--server", f"root@{machine.address}", "--answer", "trust_host_key=yes", "--answer", "database=postgresql")
    argv = (
        sys.executable,
        "manage.py",
        "deploy",
        "--platform",
        "vps",
        "--automate-all",
        "--yes",
        "--no-input",
        "--json",
    )
    output = ""

    def run() -> None:
        nonlocal output
        done = subprocess.run(
            [*argv, *given], cwd=project, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8"
        )
        output = done.stdout
        if done.returncode:
            raise RuntimeError(f"The deployment failed:\n{done.stdout[-5000:]}{done.stderr}")

    wall = seconds(run)
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    steps = {each["step"]: each["data"]["seconds"] for each in events if each.get("kind") == "step-finished"}
    return Timing(wall=wall, steps=sum(steps[name] for name in counted))


def by_hand(places: Places, project: Path, machine: Machine, how: str) -> float:
    """Seconds until the commit of *project* serves there, by the script; it is packed, sent and run by one ssh."""
    packed = places.folder / "by-hand"
    shutil.rmtree(packed, ignore_errors=True)
    packed.mkdir()
    shutil.copy(SCRIPT, packed / "site.sh")
    if how == "first":
        shutil.copy(uv.find_uv_bin(), packed / "uv")
        (packed / "variables").write_text(variables(machine), encoding="utf-8")

    def run() -> None:
        places.run(["git", "archive", "--format=tar.gz", "--output", packed / "code.tar.gz", "HEAD"], cwd=project)
        with tarfile.open(places.folder / "by-hand.tar", "w") as archive:
            archive.add(packed, ".")
        there = f"mkdir -p /root/by-hand && tar -x -C /root/by-hand && bash /root/by-hand/site.sh {how}"
        with (places.folder / "by-hand.tar").open("rb") as sent:
            done = subprocess.run(
                [*machine.command, f"root@{machine.address}", there], stdin=sent, capture_output=True, check=False
            )
        if done.returncode:
            raise RuntimeError(f"The script failed:\n{(done.stdout + done.stderr).decode(errors='replace')[-5000:]}")
        wait_for_page(f"http://{machine.address}/")

    return seconds(run)


def variables(machine: Machine) -> str:
    """What the site's settings read there."""
    found = {
        "SECRET_KEY": "made-up-for-a-measurement-" * 2,
        "DATABASE_URL": "postgres:////var/run/postgresql/blog",
        "DJANGO_SETTINGS_MODULE": "blog.settings",
        "SIMPLE_DEPLOY_SERVER": "blog",
        "SITE_HOSTS": machine.address,
        "SITE_HTTPS": "no",
        "SITE_MEDIA": "/srv/blog/shared/media",
    }
    return "".join(f'{name}="{value}"\n' for name, value in found.items())


def change(places: Places, project: Path, number: int) -> None:
    """Commit another line in a template."""
    base = project / "templates" / "base.html"
    base.write_text(f"{base.read_text(encoding='utf-8')}<!-- release {number} -->\n", encoding="utf-8")
    places.run(["git", "commit", "--quiet", "--all", "-m", f"Release {number}"], cwd=project)
