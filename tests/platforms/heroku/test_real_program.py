"""Heroku's own program, pointed at a small API, and the simulated one say the same to every call the plugin makes."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_heroku import commands, platform_api
from simple_deploy_heroku.simulator import platform_api as simulated_api
from simple_deploy_heroku.simulator import state

from simple_deploy.rehearsal import World, database, world
from simple_deploy.testing import MakeProgram, RecordingContext, fake_program, make_facts
from tests.conftest import needs_program
from tests.platforms.heroku.api import DATABASE, TOKEN, Api, Server
from tests.support.shared import once

__all__ = ["fake_program"]

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

#: The version whose source the simulator was written from.
PACKAGE = "heroku@11.10.0"
APP = "slow-train"

Prepare = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Said:
    """What a program did, without what is different each time."""

    exit_code: int
    output: object
    errors: str


@dataclass
class Programs:
    """The two programs, and what each is talking to."""

    real: Path
    home: Path
    simulated: World
    api: Api
    certificate: Path

    def both(self, argv: tuple[str, ...], prepare: Prepare) -> tuple[Said, Said]:
        """What the real program and the simulated one say to the same call in the same state."""
        self.begin(prepare)
        return self.real_program(argv), self._simulated(argv)

    def begin(self, prepare: Prepare) -> None:
        """Let both platforms be in the same state."""
        before: dict[str, Any] = {}
        prepare(before)
        self._lay_out(before)
        self.api.state = copy.deepcopy(before)
        self.api.asked.clear()
        with self.simulated.change() as known:
            for name in ("apps", "teams", "variant", "no_eco", "unverified"):
                known.pop(name, None)
            known.update(copy.deepcopy(before))

    def _lay_out(self, known: dict[str, Any]) -> None:
        """The build, the log and the output of release commands that the state speaks of."""
        build = self.simulated.place("build")
        (build / "app").mkdir(exist_ok=True)
        (build / "app" / "requirements.txt").write_text("", encoding="utf-8")
        for app in known.get("apps", {}).values():
            app["slugs"] = {slug: str(build) for slug in app["slugs"]}
            versions = [each["version"] for each in app["releases"]]
            self.api.outputs = {version: "migrated\n" for version in versions if app["slugs"]}
            for version in self.api.outputs:
                file = self.simulated.place("releases", APP) / f"{version}.txt"
                file.write_text("migrated\n", encoding="utf-8")
        self.simulated.log(f"web-{APP}").write_text("Booting worker\nGET / 200\n", encoding="utf-8")
        self.api.logs = tuple(f"{state.now()} app[web.1]: {line}" for line in ("Booting worker", "GET / 200"))

    def real_program(self, argv: tuple[str, ...]) -> Said:
        env = {
            "HOME": str(self.home),
            "PATH": os.pathsep.join((str(self.real.parent), os.environ["PATH"])),
            "HEROKU_HOST": self.api.address,
            "HEROKU_PARTICLEBOARD_URL": self.api.address,  # asked whether the account owes money
            "HEROKU_API_KEY": TOKEN if self.api.logged_in else "",
            "HEROKU_DISABLE_TELEMETRY": "true",
            "HEROKU_SKIP_NEW_VERSION_CHECK": "true",
            "HEROKU_DISABLE_AUTOUPDATE": "true",
            "DISABLE_TELEMETRY": "true",
            "NODE_EXTRA_CA_CERTS": str(self.certificate),  # one-off dynos are reached over TLS
            "NODE_NO_WARNINGS": "1",
            "GIT_CONFIG_GLOBAL": str(self.home / "gitconfig"),
        }
        return self._run([str(self.real), *argv[1:]], env)

    def _simulated(self, argv: tuple[str, ...]) -> Said:
        scenario = "" if self.api.logged_in else "logged-out"
        env = {**os.environ, world.VARIABLE: str(self.simulated.folder), world.SCENARIO: scenario}
        return self._run([sys.executable, "-m", "simple_deploy_heroku.simulator", *argv[1:]], env)

    def _run(self, argv: list[str], env: Mapping[str, str]) -> Said:
        done = subprocess.run(
            argv, env=dict(env), cwd=self.home, capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8"
        )
        return Said(done.returncode, _steady(done.stdout), _errors(done.stderr))


def _steady(text: str) -> object:
    """*text* without what is different each time: JSON as what it means, identifiers and times left out."""
    plain = commands.plain(text)
    plain = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", plain)
    plain = re.sub(r"(slow-train)-[0-9a-f]{12}", r"\1-MARK", plain)
    plain = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", plain)
    plain = re.sub(r"postgresql-simulated-\d{5}", "DATABASE", plain)
    plain = re.sub(r"http://127.0.0.1:\d+\S*/stream/\d+", "STREAM", plain)
    try:
        value = json.loads(plain)
    except ValueError:
        return "\n".join(line.rstrip() for line in plain.splitlines())
    return _without_streams(value)


def _without_streams(value: object) -> object:
    if isinstance(value, list):
        return [_without_streams(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_streams(each) for name, each in value.items() if name != "output_stream_url"}
    return value


def _errors(text: str) -> str:
    """Standard error without what the program says about this computer, and about itself."""
    lines = [line.rstrip() for line in commands.plain(text).splitlines()]
    noise = re.compile(r"Warning: (SSL_CERT|HEROKU_API_KEY|Our terms|NODE_)|terms-of-service")
    kept = "\n".join(line for line in lines if not noise.search(line))
    # How far a one-off dyno has come is said as often as it is seen.
    kept = re.sub(r"Running [^\n]*?\.\.\. (starting|connecting), run\.1\n?", "", kept)
    return re.sub(r"postgresql-simulated-\d{5}", "DATABASE", kept)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    npm = needs_program("npm")

    def install(folder: Path) -> None:
        argv = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
        subprocess.run(argv, cwd=folder, check=True, stdin=subprocess.DEVNULL)

    program = once(tmp_path_factory, "heroku's own program", install) / "node_modules" / ".bin" / "heroku"
    folder = tmp_path_factory.mktemp("heroku")
    home = folder / "home"
    home.mkdir()
    simulated = World(folder / "world")
    certificate = database.certify(simulated)
    assert certificate is not None
    api = Api()
    with Server(api, certificate):
        yield Programs(program, home, simulated, api, certificate[0])
    simulated.remove()


# -- states to begin in --


def nothing(known: dict[str, Any]) -> None:
    known["apps"] = {}


def an_app(known: dict[str, Any]) -> None:
    known["teams"] = ["slow-trains"]
    state.create_app(known, APP, region="eu")
    state.set_config(known["apps"][APP], {"SECRET_KEY": "not-for-anybody", "ON_HEROKU": "1"})


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


def somebody_elses(known: dict[str, Any]) -> None:
    nothing(known)
    state.create_app(known, APP, region="us", owner=state.OTHERS)


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


CALLS: dict[str, tuple[tuple[str, ...], Prepare]] = {
    "who": (commands.whoami(), nothing),
    "token": (commands.token(), nothing),
    "no teams": (commands.teams(), nothing),
    "teams": (commands.teams(), an_app),
    "create": (commands.create(APP, region="eu"), nothing),
    "create for a team": (commands.create(APP, region="us", team="slow-trains"), nothing),
    "create, taken": (commands.create(APP, region="eu"), somebody_elses),
    "create, taken, in other words": (commands.create(APP, region="eu"), second_words(somebody_elses)),
    "create, a bad name": (commands.create("Slow_Train", region="eu"), nothing),
    "create, without a card": (commands.create(APP, region="eu"), unverified),
    "create, without a card, in other words": (commands.create(APP, region="eu"), second_words(unverified)),
    "info": (commands.app_info(APP), an_app),
    "info, deployed": (commands.app_info(APP), deployed),
    "info, no such app": (commands.app_info(APP), nothing),
    "info, somebody else's": (commands.app_info(APP), somebody_elses),
    "info, somebody else's, in other words": (commands.app_info(APP), second_words(somebody_elses)),
    "config": (commands.config(APP), an_app),
    "config, no such app": (commands.config(APP), nothing),
    "database": (commands.create_database(APP, "essential-0"), an_app),
    "database, no such app": (commands.create_database(APP, "essential-0"), nothing),
    "wait, nothing to wait for": (commands.wait_for_addon(APP, "ADDON"), deployed),
    "wait": (commands.wait_for_addon(APP, "ADDON"), making),
    "releases": (commands.releases(APP), deployed),
    "releases, no such app": (commands.releases(APP), nothing),
    "resize": (commands.resize(APP, "standard-1x"), deployed),
    "resize, no Eco": (commands.resize(APP, "eco"), without_eco),
    "stop": (commands.scale(APP, 0), deployed),
    "run": (commands.run(APP, "echo", "all is well"), built),
    "run, failing": (commands.run(APP, "bash", "-c", "exit 3"), built),
    "logs": (commands.logs(APP, 100), built),
    "release output": (commands.release_output(APP), built),
    "retry": (commands.retry_release(APP), built),
    "rollback, nothing there": (commands.rollback(APP), an_app),
    "destroy": (commands.destroy(APP), an_app),
    "destroy, no such app": (commands.destroy(APP), nothing),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_two_programs_say_the_same(name: str, programs: Programs) -> None:
    argv, prepare = CALLS[name]
    known: dict[str, Any] = {}
    prepare(known)
    addons = known.get("apps", {}).get(APP, {}).get("addons") or [{"name": "none"}]
    named = tuple(addons[0]["name"] if word == "ADDON" else word for word in argv)

    def again(fresh: dict[str, Any]) -> None:
        fresh.update(copy.deepcopy(known))

    real, simulated = programs.both(named, again)

    assert simulated == real


@pytest.mark.parametrize(
    "argv",
    [
        commands.whoami(),
        commands.token(),
        commands.app_info(APP),
        commands.create(APP, region="us"),
        commands.config(APP),
    ],
    ids=["who", "token", "info", "create", "config"],
)
def test_whoever_is_logged_out_is_told_so_by_both(argv: tuple[str, ...], programs: Programs) -> None:
    programs.api.logged_in = False
    try:
        real, simulated = programs.both(argv, an_app)
    finally:
        programs.api.logged_in = True

    assert simulated == real
    assert commands.is_logged_out(real.exit_code, real.errors)


def test_every_call_of_the_plugin_is_compared() -> None:
    called = {argv[1] for argv, _ in CALLS.values()}
    made = set(re.findall(r'\(PROGRAM, "([a-z:]+)"', Path(commands.__file__).read_text(encoding="utf-8")))

    assert made - called == set()


VARIABLES = {"ALLOWED_HOSTS": "a.example", "B": "with = and blanks"}


def by_the_plugin(programs: Programs, tmp_path: Path, visited: Callable[[str], str]) -> None:
    """Set config vars as the plugin does."""
    ctx = RecordingContext(make_facts(), home=tmp_path, visited=visited)
    platform_api.set_config(ctx, APP, VARIABLES)


def test_config_vars_are_set_as_the_real_program_does(
    programs: Programs, tmp_path: Path, fake_program: MakeProgram
) -> None:
    def visited(url: str) -> str:
        return url.replace(platform_api.ADDRESS, programs.api.address)

    fake_program("heroku", {"auth:token": TOKEN})
    set_by_hand = ("heroku", "config:set", *(f"{name}={value}" for name, value in VARIABLES.items()), "--app", APP)
    programs.begin(an_app)
    assert programs.real_program(set_by_hand).exit_code == 0
    by_hand = next(each for each in programs.api.asked if each.method == "PATCH")
    after = copy.deepcopy(programs.api.state["apps"][APP]["config"])
    programs.begin(an_app)
    by_the_plugin(programs, tmp_path, visited)
    (by_plugin,) = (each for each in programs.api.asked if each.method == "PATCH")

    assert (by_plugin.path, by_plugin.data) == (by_hand.path, by_hand.data)
    for name in ("authorization", "content-type", "accept"):
        assert by_plugin.headers[name] == by_hand.headers[name]
    assert programs.api.state["apps"][APP]["config"] == after


@pytest.mark.parametrize("prepare", [an_app, nothing, somebody_elses, second_words(somebody_elses)])
@pytest.mark.parametrize("token", [TOKEN, "no longer good"])
def test_the_simulated_api_answers_as_the_one_that_the_real_program_takes(
    token: str, prepare: Prepare, programs: Programs
) -> None:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json", "accept": platform_api.ACCEPT}
    programs.begin(prepare)
    asked = (
        ("PATCH", f"/apps/{APP}/config-vars", VARIABLES),
        ("PATCH", f"/apps/{APP}/config-vars", {**VARIABLES, "C": "later"}),
    )
    for method, path, body in asked:
        simulated = simulated_api.answer(programs.simulated, method, path, headers=headers, body=body)
        assert simulated == programs.api.answer(method, path, body, headers)
