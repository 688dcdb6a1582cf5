"""Heroku's own program and the simulated one, each asked the calls of the plugin in the same states."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simple_deploy_heroku import commands
from simple_deploy_heroku.simulator import state

from simple_deploy.api import plain
from simple_deploy.rehearsal import World, database, world
from tests.platforms.heroku.api import DATABASE, TOKEN, Api, Server

#: The version whose source the simulator was written from.
PACKAGE = "heroku@11.10.0"
APP = "slow-train"
DOMAIN = "www.trains.example"

Prepare = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Said:
    """What a program did, without what is different each time."""

    exit_code: int
    output: object
    errors: str


@dataclass
class Simulated:
    """The simulated program, and the platform it is talking to.

    :param home: an empty folder in which programs run.
    """

    world: World
    home: Path

    def asked(self, call: Call) -> Said:
        """What the program says to *call*."""
        known = prepared(call)
        self.begin(known)
        argv = call.named(known)
        env = {**os.environ, world.VARIABLE: str(self.world.folder), world.SCENARIO: call.scenario}
        return _run([sys.executable, "-m", "simple_deploy_heroku.simulator", *argv[1:]], env, self.home)

    def begin(self, known: Mapping[str, Any]) -> None:
        """Let the platform be in this state."""
        laid_out = copy.deepcopy({**known})
        for version in releases_with_output(laid_out):
            file = self.world.place("releases", APP) / f"{version}.txt"
            file.write_text("migrated\n", encoding="utf-8")
        build = self.world.place("build")
        (build / "app").mkdir(exist_ok=True)
        (build / "app" / "requirements.txt").write_text("", encoding="utf-8")
        for app in laid_out.get("apps", {}).values():
            app["slugs"] = {slug: str(build) for slug in app["slugs"]}
        self.world.log(f"web-{APP}").write_text("".join(f"{line}\n" for line in LOG), encoding="utf-8")
        with self.world.change() as there:
            for name in ("apps", "teams", "variant", "no_eco", "unverified"):
                there.pop(name, None)
            there.update(laid_out, token=TOKEN)


@dataclass
class Real:
    """Heroku's own program, and the small API it is pointed at.

    :param program: as npm installs it. :param certificate: of the API, which one-off dynos are reached through.
    """

    program: Path
    home: Path
    api: Api
    certificate: Path

    def asked(self, call: Call) -> Said:
        """What the program says to *call*."""
        known = prepared(call)
        self.begin(known)
        self.api.logged_in = call.scenario != LOGGED_OUT
        try:
            return self.run(call.named(known))
        finally:
            self.api.logged_in = True

    def begin(self, known: Mapping[str, Any]) -> None:
        """Let the platform be in this state."""
        self.api.state = copy.deepcopy({**known})
        self.api.asked.clear()
        self.api.outputs = dict.fromkeys(releases_with_output(known), "migrated\n")
        self.api.logs = tuple(f"{state.now()} app[web.1]: {line}" for line in LOG)

    def run(self, argv: tuple[str, ...]) -> Said:
        env = {
            "HOME": str(self.home),
            "PATH": os.pathsep.join((str(self.program.parent), os.environ["PATH"])),
            "HEROKU_HOST": self.api.address,
            "HEROKU_DATA_HOST": "127.0.0.1",  # of databases, at the same port
            "HEROKU_PARTICLEBOARD_URL": self.api.address,  # asked whether the account owes money
            "HEROKU_BUILDPACK_REGISTRY_URL": self.api.address,  # asked whether there is such a buildpack
            "HEROKU_API_KEY": TOKEN if self.api.logged_in else "",
            "HEROKU_DISABLE_TELEMETRY": "true",
            "HEROKU_SKIP_NEW_VERSION_CHECK": "true",
            "HEROKU_DISABLE_AUTOUPDATE": "true",
            "DISABLE_TELEMETRY": "true",
            "NODE_EXTRA_CA_CERTS": str(self.certificate),  # one-off dynos are reached over TLS
            "NODE_NO_WARNINGS": "1",
            "GIT_CONFIG_GLOBAL": str(self.home / "gitconfig"),
        }
        return _run([str(self.program), *argv[1:]], env, self.home)


@contextmanager
def simulated(folder: Path) -> Iterator[Simulated]:
    """The simulated program with a platform of its own below *folder*, until the end of the block."""
    (folder / "home").mkdir()
    played = World(folder / "world")
    try:
        yield Simulated(played, folder / "home")
    finally:
        played.remove()


@contextmanager
def real(folder: Path, program: Path) -> Iterator[Real]:
    """Heroku's own *program* with an API of its own, which keeps what it needs below *folder*."""
    (folder / "home").mkdir()
    keeper = World(folder / "world")
    certificate = database.certify(keeper)
    assert certificate is not None
    api = Api()
    try:
        with Server(api, certificate):
            yield Real(program, folder / "home", api, certificate[0])
    finally:
        keeper.remove()


def install(npm: str, folder: Path) -> Path:
    """Have npm install Heroku's own program into *folder*; returns where it is."""
    argv = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
    subprocess.run(argv, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return folder / "node_modules" / ".bin" / "heroku"


def _run(argv: list[str], env: Mapping[str, str], cwd: Path) -> Said:
    done = subprocess.run(argv, env=dict(env), cwd=cwd, capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8")
    return Said(done.returncode, _steady(done.stdout), _errors(done.stderr))


def _steady(text: str) -> object:
    """*text* without what is different each time: JSON as what it means, identifiers and times left out."""
    steady = plain(text)
    steady = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", steady)
    steady = re.sub(r"(slow-train)-[0-9a-f]{12}", r"\1-MARK", steady)
    steady = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", steady)
    steady = re.sub(r"postgresql-simulated-\d{5}", "DATABASE", steady)
    steady = re.sub(r"http://127.0.0.1:\d+\S*/stream/\d+", "STREAM", steady)
    try:
        value = json.loads(steady)
    except ValueError:
        return "\n".join(line.rstrip() for line in steady.splitlines())
    return _without_streams(value)


def _without_streams(value: object) -> object:
    if isinstance(value, list):
        return [_without_streams(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_streams(each) for name, each in value.items() if name != "output_stream_url"}
    return value


def _errors(text: str) -> str:
    """Standard error without what the program says about this computer, and about itself."""
    lines = [line.rstrip() for line in plain(text).splitlines()]
    noise = re.compile(r"Warning: (SSL_CERT|HEROKU_API_KEY|Our terms|NODE_)|terms-of-service")
    kept = "\n".join(line for line in lines if not noise.search(line))
    # How far a one-off dyno has come is said as often as it is seen.
    kept = re.sub(r"Running [^\n]*?\.\.\. (starting|connecting), run\.1\n?", "", kept)
    return re.sub(r"postgresql-simulated-\d{5}", "DATABASE", kept)


LOG = ("Booting worker", "GET / 200")
LOGGED_OUT = "logged-out"


@dataclass(frozen=True)
class Call:
    """A call of the plugin, and the state in which it is made."""

    argv: tuple[str, ...]
    prepare: Prepare
    scenario: str = ""

    def named(self, known: Mapping[str, Any]) -> tuple[str, ...]:
        """The command line, with the name that the app's add-on has there."""
        addons = known.get("apps", {}).get(APP, {}).get("addons") or [{"name": "none"}]
        return tuple(addons[0]["name"] if word == "ADDON" else word for word in self.argv)


def prepared(call: Call) -> dict[str, Any]:
    """The state in which *call* is made."""
    known: dict[str, Any] = {}
    call.prepare(known)
    return known


def releases_with_output(known: Mapping[str, Any]) -> list[int]:
    """Versions of releases whose command has printed something."""
    apps = known.get("apps", {}).values()
    return [each["version"] for app in apps if app["slugs"] for each in app["releases"]]


# -- states to begin in --


def nothing(known: dict[str, Any]) -> None:
    known["apps"] = {}


def an_app(known: dict[str, Any]) -> None:
    known["teams"] = ["slow-trains"]
    state.create_app(known, APP, region="eu")
    state.set_config(known["apps"][APP], {"SECRET_KEY": "not-for-anybody", "ON_HEROKU": "1"})


def built_by_python(known: dict[str, Any]) -> None:
    an_app(known)
    known["apps"][APP]["buildpacks"] = ["heroku/python"]


def built_by_two(known: dict[str, Any]) -> None:
    an_app(known)
    known["apps"][APP]["buildpacks"] = ["heroku/nodejs", "heroku/python"]


def deployed(known: dict[str, Any]) -> None:
    an_app(known)
    app = known["apps"][APP]
    state.add_addon(app, "heroku-postgresql:essential-0", DATABASE)
    app["addons"][0]["config_vars"] = ["DATABASE_URL"]
    app["processes"] = {"release": "python manage.py migrate", "web": "gunicorn blog.wsgi"}
    app["info"]["slug_size"] = 30_000_000
    for slug in ("one", "two"):
        state.add_release(app, f"Deploy {slug}", slug=slug)
    app["dynos"] = 0  # so that nothing has to run


def making(known: dict[str, Any]) -> None:
    deployed(known)
    known["apps"][APP]["addons"][0]["state"] = "provisioning"


def scheduled(known: dict[str, Any]) -> None:
    deployed(known)
    known["apps"][APP]["schedule"] = "2:00 UTC"


def named(known: dict[str, Any]) -> None:
    an_app(known)
    state.add_domain(known["apps"][APP], DOMAIN)


def somebody_elses(known: dict[str, Any]) -> None:
    nothing(known)
    state.create_app(known, APP, region="us", owner="somebody@else.example")


def second_words(prepare: Prepare) -> Prepare:
    def prepared(known: dict[str, Any]) -> None:
        prepare(known)
        known["variant"] = 1

    return prepared


def unverified(known: dict[str, Any]) -> None:
    nothing(known)
    known["unverified"] = True


def without_eco(known: dict[str, Any]) -> None:
    deployed(known)
    known["no_eco"] = True


def built(known: dict[str, Any]) -> None:
    """An app whose build is a folder of this computer, and whose release command failed the last time."""
    an_app(known)
    app = known["apps"][APP]
    app["processes"] = {"release": "echo migrated", "web": "gunicorn blog.wsgi"}
    app["slugs"] = {"one": "BUILD"}
    state.add_release(app, "Deploy one", slug="one")
    state.add_release(app, "Deploy one", slug="one", status="failed")


CALLS: Mapping[str, Call] = {
    "who": Call(commands.whoami(), nothing),
    "token": Call(commands.token(), nothing),
    "no teams": Call(commands.teams(), nothing),
    "teams": Call(commands.teams(), an_app),
    "create": Call(commands.create(APP, region="eu"), nothing),
    "create for a team": Call(commands.create(APP, region="us", team="slow-trains"), nothing),
    "create, taken": Call(commands.create(APP, region="eu"), somebody_elses),
    "create, taken, in other words": Call(commands.create(APP, region="eu"), second_words(somebody_elses)),
    "create, a bad name": Call(commands.create("Slow_Train", region="eu"), nothing),
    "create, without a card": Call(commands.create(APP, region="eu"), unverified),
    "create, without a card, in other words": Call(commands.create(APP, region="eu"), second_words(unverified)),
    "info": Call(commands.app_info(APP), an_app),
    "info, deployed": Call(commands.app_info(APP), deployed),
    "info, no such app": Call(commands.app_info(APP), nothing),
    "info, somebody else's": Call(commands.app_info(APP), somebody_elses),
    "info, somebody else's, in other words": Call(commands.app_info(APP), second_words(somebody_elses)),
    "config": Call(commands.config(APP), an_app),
    "config, no such app": Call(commands.config(APP), nothing),
    "buildpacks, none": Call(commands.buildpacks(APP), an_app),
    "buildpacks, no such app": Call(commands.buildpacks(APP), nothing),
    "buildpacks": Call(commands.buildpacks(APP), built_by_two),
    "add a buildpack": Call(commands.add_buildpack(APP, "heroku/nodejs", 1), built_by_python),
    "database": Call(commands.create_database(APP, "essential-0"), an_app),
    "database, no such app": Call(commands.create_database(APP, "essential-0"), nothing),
    "wait, nothing to wait for": Call(commands.wait_for_addon(APP, "ADDON"), deployed),
    "wait": Call(commands.wait_for_addon(APP, "ADDON"), making),
    "releases": Call(commands.releases(APP), deployed),
    "releases, no such app": Call(commands.releases(APP), nothing),
    "resize": Call(commands.resize(APP, "standard-1x"), deployed),
    "resize, no Eco": Call(commands.resize(APP, "eco"), without_eco),
    "stop": Call(commands.scale(APP, 0), deployed),
    "run": Call(commands.run(APP, "echo", "all is well"), built),
    "run, failing": Call(commands.run(APP, "bash", "-c", "exit 3"), built),
    "logs": Call(commands.logs(APP, 100), built),
    "release output": Call(commands.release_output(APP), built),
    "retry": Call(commands.retry_release(APP), built),
    "rollback, nothing there": Call(commands.rollback(APP), an_app),
    "restart": Call(commands.restart(APP), deployed),
    "restart, no such app": Call(commands.restart(APP), nothing),
    "domains, none": Call(commands.domains(APP), an_app),
    "domains": Call(commands.domains(APP), named),
    "add a domain": Call(commands.add_domain(APP, DOMAIN), an_app),
    "add a domain, there already": Call(commands.add_domain(APP, DOMAIN), named),
    "remove a domain": Call(commands.remove_domain(APP, DOMAIN), named),
    "remove a domain, none": Call(commands.remove_domain(APP, DOMAIN), an_app),
    "certificates": Call(commands.certificates(APP), named),
    "schedules, none": Call(commands.schedules(APP), deployed),
    "schedules": Call(commands.schedules(APP), scheduled),
    "schedules, no database": Call(commands.schedules(APP), an_app),
    "schedule": Call(commands.schedule(APP), deployed),
    "schedule, no database": Call(commands.schedule(APP), an_app),
    "unschedule": Call(commands.unschedule(APP), scheduled),
    "unschedule, none": Call(commands.unschedule(APP), deployed),
    "destroy": Call(commands.destroy(APP), an_app),
    "destroy, no such app": Call(commands.destroy(APP), nothing),
    "who, logged out": Call(commands.whoami(), an_app, LOGGED_OUT),
    "token, logged out": Call(commands.token(), an_app, LOGGED_OUT),
    "info, logged out": Call(commands.app_info(APP), an_app, LOGGED_OUT),
    "create, logged out": Call(commands.create(APP, region="us"), an_app, LOGGED_OUT),
    "config, logged out": Call(commands.config(APP), an_app, LOGGED_OUT),
}
