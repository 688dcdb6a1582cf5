"""What Heroku runs: builds of what is pushed, release commands, the web process, one-off commands, and the database."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import uv

from simple_deploy.rehearsal import World, build, database, free_port, installing, remote, serving
from simple_deploy.rehearsal.world import HOST
from simple_deploy_heroku import rules
from simple_deploy_heroku.hosting import ON_DYNOS
from simple_deploy_heroku.simulator import state
from simple_deploy_heroku.simulator.buildpack import Build, BuildRefused, wanted_python

MODULE = "simple_deploy_heroku.simulator"
BOOT = 60.0  # seconds a web process has to bind its port (error R10)
_BUILT = ("refs/heads/main", "refs/heads/master")
#: Where this computer's tools get packages from, and whom they trust.
_TOOLS = ("UV_", "PIP_", "PIPENV_", "POETRY_", "REQUESTS_", "CURL_", "SSL_")

Say = Callable[[str], None]


# -- the repository, and builds --


def make_repository(world: World, app: str) -> None:
    remote.make(world, app, (sys.executable, "-m", MODULE, "receive", app))


def expect_push(world: World, app: str) -> None:
    """Let the next push be built although nothing is new in it: what a scenario is about would not happen otherwise."""
    repository = world.repositories / f"{app}.git"
    for ref in _BUILT:
        build.run(("git", "update-ref", "-d", ref), cwd=repository, env={}, on_line=lambda line: None, check=False)


def receive(world: World, app: str, lines: Sequence[str]) -> int:
    """Take a push, as the repository's hook: build it, and let it serve.

    :param lines: ``old new ref`` for each branch.
    :returns: the exit code; with any other than 0 the push is refused.
    """
    if world.scenario == "network-lost":
        psutil.Process().parent().kill()  # type: ignore[union-attr]
        return 1
    for line in lines:
        _, commit, ref = line.split()
        if ref not in _BUILT:
            build.say(f"Pushed to non-main branch {ref}, skipping build.")
        elif commit.strip("0") and not _deploy(world, app, commit):
            return 1
    return 0


def _deploy(world: World, app: str, commit: str) -> bool:
    known = state.app_of(world.read(), app)
    slug = f"{commit[:12]}-{len(known['releases'])}"
    folder = world.place("apps", app, slug)
    build.say("-----> Building on the Heroku-24 stack")
    remote.check_out(commit, folder / "app")
    one = builder(world, app, folder, python=interpreter(folder / "app"))
    try:
        if world.scenario == "build-fails":
            build.say("-----> Python app detected")
            build.say("ERROR: Could not find a version that satisfies the requirement django-of-a-typing-mistake")
            raise BuildRefused("Error: Unable to install dependencies.")
        one()
        build.linger(world)
    except BuildRefused as refused:
        for line in str(refused).splitlines():
            build.say(f" !     {line}")
        build.say(" !     Push rejected, failed to compile Python app.")
        return False
    return _launch(world, app, slug, folder)


def _launch(world: World, app: str, slug: str, folder: Path) -> bool:
    file = folder / "app" / rules.PROCFILE
    commands = rules.processes(file.read_text(encoding="utf-8")) if file.is_file() else {}
    build.say("-----> Discovering process types")
    build.say(f"       Procfile declares types -> {', '.join(sorted(commands)) or '(none)'}")
    with world.change() as whole:
        found = state.app_of(whole, app)
        first = not found["processes"].get("web")
        found["processes"] = commands
        found["slugs"][slug] = str(folder)
        found["info"]["slug_size"] = found["info"]["repo_size"] = 30_000_000
        if first and "web" in commands:
            found["dynos"] = 1
        status = "pending" if "release" in commands else "succeeded"
        made = state.add_release(found, f"Deploy {slug[:8]}", slug=slug, status=status)
        web_url = found["info"]["web_url"]
    build.say("-----> Launching...")
    if status == "pending":
        build.say(" !     Release command declared: this new release will not be available until the command succeeds.")
    build.say(f"       Released v{made['version']}")
    build.say(f"       {web_url} deployed to Heroku")
    build.say("Verifying deploy... done.")
    if status != "pending":
        restart(world, app)
        return True
    build.say("Running release command...")
    went_well = release(world, app, made["version"], say=build.say)
    build.say(f"Waiting for release.... {'done' if went_well else 'failed'}.")
    # Nobody has seen whether a push whose release command fails is refused.
    return went_well or state.variant(world.read()) % 2 == 0


def builder(world: World, app: str, folder: Path, *, python: str = "") -> Build:
    """The build of the commit in *folder*, with the app's config vars.

    :param python: the interpreter, where there is something to build.
    """
    known = world.read()
    found = state.app_of(known, app)
    config = {str(name): str(value) for name, value in found["config"].items()}
    if found["addons"]:
        make_database(world, app)  # the server does not survive a reboot of this computer by itself
    if state.variant(known) % 2:  # nobody has seen whether a build has it
        config = {**config, "DYNO": "build.1"}
    uv_program = str(uv.find_uv_bin())

    def execute(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
        if argv[0] == uv_program:
            return build.uv(*argv[1:], cwd=cwd, env=env, check=False).returncode
        if argv[0] in {"poetry", "pipenv"}:
            return installing.with_manager(argv, folder / "environment", cwd=cwd, env=env).returncode
        return build.run(argv, cwd=cwd, env=env, check=False).returncode

    return Build(
        tree=folder / "app",
        environment=folder / "environment",
        config=config,
        base=base(world),
        uv=uv_program,
        python=python,
        with_pip=False,
        execute=execute,
        say=build.say,
    )


def base(world: World) -> dict[str, str]:
    """Variables of this computer that builds and dynos need."""
    tools = {name: value for name, value in os.environ.items() if name.startswith(_TOOLS)}
    return {
        **tools,
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(world.place("home")),
        **serving.variables(world),
        # Where there is no openssl the database of a rehearsal has no certificate.
        **({} if database.certify(world) else {"PGSSLMODE": "disable"}),
    }


def interpreter(tree: Path) -> str:
    """The interpreter that the files in *tree* are built with: of the version they ask for, else this one."""
    files = frozenset(path.name for path in tree.iterdir())
    try:
        wanted = wanted_python(tree, files)[0]
    except BuildRefused:  # the build says so
        wanted = rules.DEFAULT_PYTHON
    return build.interpreter(wanted)


# -- what runs --


def release(world: World, app: str, version: int, *, say: Say) -> bool:
    """Run the release command of release *version*, and let the release serve if that goes well."""
    found = state.app_of(world.read(), app)
    known = next(each for each in found["releases"] if each["version"] == version)
    lines: list[str] = []

    def both(line: str) -> None:
        lines.append(line)
        say(line)

    command = found["processes"]["release"]
    if world.scenario == "migration-fails":
        both("  Applying posts.0002_more...")
        both('django.db.utils.ProgrammingError: relation "posts_post" already exists')
        code = 1
    else:
        code = _in_dyno(world, app, known["slug"]["id"], command, name=f"release.{version}", on_line=both)
    output = world.place("releases", app) / f"{version}.txt"
    output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    with world.change() as whole:
        found = state.app_of(whole, app)
        for each in found["releases"]:
            if code == 0:
                each["current"] = each["version"] == version
            if each["version"] == version:
                each["status"] = "failed" if code else "succeeded"
                each["eligible_for_rollback"] = not code
    if code == 0:
        restart(world, app)
    return code == 0


def release_output(world: World, app: str, known: Mapping[str, Any]) -> str:
    file = world.place("releases", app) / f"{known['version']}.txt"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def run(world: World, app: str, command: str) -> int:
    """Run a command on a dyno of its own; returns its exit code."""
    slug = state.current_slug(state.app_of(world.read(), app))
    if slug is None:
        build.say("bash: python: command not found")
        return 127
    return _in_dyno(world, app, slug, command, name="run.1", on_line=build.say)


def restart(world: World, app: str) -> None:
    """Let the web process begin anew, with the config vars of now; it ends where there is nothing to run."""
    found = state.app_of(world.read(), app)
    slug, command, host = state.current_slug(found), found["processes"].get("web"), state.host_of(found)
    if slug is None or command is None or not found["dynos"]:
        world.stop(_web(app))
        return
    port = free_port()
    variables = _variables(world, app, slug, name="web.1")
    if world.scenario == "health-check-fails":
        variables["ALLOWED_HOSTS"] = "another-name.example.com"
    cwd = Path(found["slugs"][slug]) / "app"
    world.start(_web(app), _shell(f"exec {command}"), cwd=cwd, env={**variables, "PORT": str(port)})
    wait_for(world, _web(app), port)
    world.publish(host, port=port)


def is_up(world: World, app: str) -> bool:
    return world.is_running(_web(app))


def log(world: World, app: str, lines: int) -> list[str]:
    """The last lines of the web process, as the router of logs puts them."""
    try:
        text = world.log(_web(app)).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [f"{state.now()} app[web.1]: {line}" for line in text.splitlines()[-lines:]]


def remove(world: World, app: str) -> None:
    """End everything of an app, and remove its database, its repository and its builds."""
    found = state.app_of(world.read(), app)
    world.stop(_web(app))
    world.withdraw(state.host_of(found))
    if found["addons"]:
        database.drop(world, _database(app))
    remote.remove(world, app)
    shutil.rmtree(world.place("apps", app), ignore_errors=True)


def make_database(world: World, app: str) -> str:
    """The address of a new database."""
    return database.create(world, _database(app)).url().reveal()


def _in_dyno(world: World, app: str, slug: str, command: str, *, name: str, on_line: Say) -> int:
    found = state.app_of(world.read(), app)
    cwd = Path(found["slugs"][slug]) / "app"
    env = _variables(world, app, slug, name=name)
    return build.run(_shell(command), cwd=cwd, env=env, on_line=on_line, check=False).returncode


def _variables(world: World, app: str, slug: str, *, name: str) -> dict[str, str]:
    folder = Path(state.app_of(world.read(), app)["slugs"][slug])
    return {**builder(world, app, folder).variables(), **ON_DYNOS, "DYNO": name}


def _shell(command: str) -> tuple[str, ...]:
    """What runs a line of a Procfile: a shell, as on Heroku, where there is one."""
    shell = serving.shell("bash", "sh")
    return (shell, "-c", command) if shell else tuple(shlex.split(command.removeprefix("exec ")))


def wait_for(world: World, process: str, port: int) -> None:
    """Until the process listens on *port*, or has ended, or has had its time."""
    deadline = time.monotonic() + BOOT
    while time.monotonic() < deadline and world.is_running(process):
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)


def _web(app: str) -> str:
    return f"web-{app}"


def _database(app: str) -> str:
    return f"heroku-{app}"
