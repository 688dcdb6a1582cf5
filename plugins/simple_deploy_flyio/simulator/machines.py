"""What Fly.io runs: deployments, release commands, machines with their checks and volumes, and logs."""

from __future__ import annotations

import http.client
import re
import shlex
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.exceptions

from simple_deploy.rehearsal import World, build, database, free_port, serving
from simple_deploy.rehearsal.world import HOST
from simple_deploy_flyio import names
from simple_deploy_flyio.simulator import state
from simple_deploy_flyio.simulator.recipe import BuildFailed, Built, Recipe, program
from simple_deploy_flyio.simulator.replies import Refused, refuse

BOOT = 60.0  # seconds a machine has until its checks have to pass
KEPT = 3  # images


def deploy(world: World, *, image: str = "", ha: bool = False) -> None:
    """Build what is in this folder and let it serve, as its fly.toml says.

    :param image: of an earlier release, in place of a build.
    :raises Refused: a part of it failed; what served before goes on.
    """
    folder = Path.cwd()
    config = _config(folder)
    name = str(config.get("app", ""))
    whole = world.read()
    app = state.app_of(whole, name)
    words = state.variant(whole)
    build.say("==> Verifying app config\nValidating fly.toml\n✓ Configuration is valid\n--> Verified app config")
    if world.scenario == "network-lost":
        raise refuse("no-network", words)
    region = str(config.get("primary_region", "iad"))
    for mount in config.get("mounts", []):
        if mount["source"] not in {each["name"] for each in app["volumes"]}:
            raise refuse("needs-volume", words, volume=mount["source"], region=region)
    version = len(app["releases"]) + 1
    reference = image or f"registry.fly.io/{name}:deployment-{state.mark(f'{name}{version}')[:26].upper()}"
    built = _image(world, reference) if image else _build(world, folder, name, reference, words)
    if ha and "mounts" not in config:
        build.say("Creating a second machine to increase service availability")
    variables = _variables(world, app, config)
    _release(world, app, config, built, variables, reference, words)
    _start(world, app, config, built, variables, reference, words, version)


def remove(world: World, app: Mapping[str, Any]) -> None:
    """End everything of an app, and remove its images and volumes; a database server's database too."""
    if app["machine"]:
        world.stop(process_of(app["name"], app["machine"]["version"]))
    world.withdraw(names.host(app["name"]))
    if app["postgres"]:
        database.drop(world, app["name"])
    shutil.rmtree(world.place("apps", app["name"]), ignore_errors=True)


def log(world: World, app: Mapping[str, Any]) -> list[str]:
    """What the machine said, as the log of the platform has it."""
    machine = app["machine"]
    if machine is None:
        return []
    try:
        text = world.log(process_of(app["name"], machine["version"])).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [f"{state.now()} app[{machine['id']}] {machine['region']} [info]{line}" for line in text.splitlines()[-200:]]


def process_of(app: str, version: int) -> str:
    return f"machine-{app}-{version}"


# -- parts of a deployment --


def _config(folder: Path) -> dict[str, Any]:
    file = folder / "fly.toml"
    if not file.is_file():
        raise Refused("no-app", "the config for your app is missing an app name, add an app field to the fly.toml file")
    try:
        return dict(tomlkit.parse(file.read_text(encoding="utf-8")).unwrap())
    except tomlkit.exceptions.TOMLKitError as error:
        raise Refused("no-app", f"failed loading app config from {file}: toml: {error}") from error


def _build(world: World, context: Path, app: str, reference: str, words: int) -> Built:
    build.say("==> Building image")
    build.say("   (an approximation: the lines of the Dockerfile are done on this computer, not in a container)")
    folder = world.place("apps", app, reference.rpartition("-")[2].lower())
    try:
        if world.scenario == "build-fails":
            build.say("ERROR: Could not find a version that satisfies the requirement django-of-a-typing-mistake")
            raise BuildFailed('process "/bin/sh -c pip install" did not complete successfully: exit code: 1')
        built = Recipe(context=context, folder=folder, say=build.say).build()
        build.linger(world)
    except BuildFailed as failed:
        shutil.rmtree(folder, ignore_errors=True)
        raise refuse("build-failed", words, why=failed.why) from failed
    with world.change() as whole:
        whole.setdefault("images", {})[reference] = {
            "folder": str(folder),
            "workdir": built.workdir,
            "env": dict(built.env),
            "command": list(built.command),
        }
    build.say(f"--> Building image done\nimage: {reference}\nimage size: 240 MB")
    return built


def _image(world: World, reference: str) -> Built:
    known = world.read().get("images", {}).get(reference)
    if known is None or not Path(known["folder"]).is_dir():
        raise refuse("build-failed", why=f"image {reference} not found")
    return Built(
        folder=Path(known["folder"]), workdir=known["workdir"], env=known["env"], command=tuple(known["command"])
    )


def _variables(world: World, app: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str]:
    """The variables of a machine; secrets win over [env]. Folders of volumes are those of this computer."""
    found = {str(name): str(value) for name, value in config.get("env", {}).items()}
    for mount in config.get("mounts", []):
        real = world.place("volumes", app["name"], mount["source"]).as_posix()
        found = {name: _moved(value, str(mount["destination"]), real) for name, value in found.items()}
    if any("postgres" in str(value) for value in app["secrets"].values()):
        database.ensure(world)  # it does not survive a reboot of this computer by itself
    region = str(config.get("primary_region", "iad"))
    on_fly = {"FLY_APP_NAME": app["name"], "FLY_MACHINE_ID": _machine_id(app), "FLY_REGION": region}
    if world.scenario == "health-check-fails":
        on_fly["FLY_APP_NAME"] = "another-name"
    without_tls = {} if database.certify(world) else {"PGSSLMODE": "disable"}
    return {**serving.variables(world), **without_tls, **found, **on_fly, "PRIMARY_REGION": region, **app["secrets"]}


def _moved(value: str, target: str, real: str) -> str:
    """A path below *target*, or the address of a SQLite database there, as it is on this computer."""
    found = re.fullmatch(rf"(sqlite:///)?{re.escape(target)}((?:/.*)?)", value)
    return f"{found[1] or ''}{real}{found[2]}" if found else value


def _release(
    world: World,
    app: Mapping[str, Any],
    config: Mapping[str, Any],
    built: Built,
    variables: Mapping[str, str],
    reference: str,
    words: int,
) -> None:
    command = config.get("deploy", {}).get("release_command")
    if not command:
        return
    build.say(f"Running {app['name']} release_command: {command}")
    if world.scenario == "migration-fails":
        build.say("  Applying posts.0002_more...")
        build.say('django.db.utils.ProgrammingError: relation "posts_post" already exists')
        code = 1
    else:
        code = _in_machine(built, shlex.split(command), {**variables, "RELEASE_COMMAND": "1"})
    if code:
        _note_release(world, app["name"], reference, "failed")
        raise refuse("release-failed", words, machine=_machine_id(app), code=code)
    build.say(f"✔ release_command {_machine_id(app)} completed successfully")


def _start(
    world: World,
    app: Mapping[str, Any],
    config: Mapping[str, Any],
    built: Built,
    variables: Mapping[str, str],
    reference: str,
    words: int,
    version: int,
) -> None:
    """Start the machine, and let it serve once its checks pass."""
    name, service = str(app["name"]), config["http_service"]
    argv = list(built.command)
    if argv[:2] == ["sh", "-c"]:  # a volume: the database is brought up to date first, then the site starts
        before, _, then = shlex.split(argv[2])[-1].partition(" && exec ")
        if world.scenario == "migration-fails":
            before = "python manage.py migrate --of-a-typing-mistake"
        if code := _in_machine(built, shlex.split(before), variables):
            _note_release(world, name, reference, "failed")
            build.say(f"machine {_machine_id(app)} exited with non-zero status of {code}")
            raise refuse("unhealthy", words, machine=_machine_id(app))
        argv = shlex.split(then)
    port = free_port()
    argv = [word.replace(f"0.0.0.0:{service['internal_port']}", f"{HOST}:{port}") for word in argv]
    argv[0] = str(program(built.folder, argv[0]))
    build.say(f"Updating existing machines in '{name}' with rolling strategy" if app["machine"] else "Creating machine")
    world.start(process_of(name, version), argv, cwd=built.cwd, env=built.variables(variables))
    if not _passes(world, process_of(name, version), port, service.get("checks", [])):
        for line in (
            world.log(process_of(name, version)).read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        ):
            build.say(f"[info] {line}")
        world.stop(process_of(name, version))
        _note_release(world, name, reference, "failed")
        raise refuse("unhealthy", words, machine=_machine_id(app))
    build.say("✔ Machine is now in a good state")
    _note_release(world, name, reference, "complete")
    with world.change() as whole:
        known = state.app_of(whole, name)
        before_machine, known["deployed"] = known["machine"], True
        region = str(config.get("primary_region", "iad"))
        known["machine"] = {"id": _machine_id(app), "region": region, "version": version}
    world.publish(names.host(name), port=port)
    if before_machine:
        world.stop(process_of(name, before_machine["version"]))
    build.say(f"\nVisit your newly deployed app at {names.url(name)}")


def _passes(world: World, process: str, port: int, checks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the machine listens, and answers each check with 2xx: redirects are not followed."""
    deadline = time.monotonic() + BOOT
    while time.monotonic() < deadline and world.is_running(process):
        try:
            if all(_check(port, check) for check in checks):
                return bool(checks) or _listens(port)
            return False
        except OSError:
            time.sleep(0.1)
    return False


def _check(port: int, check: Mapping[str, Any]) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=20)
    headers = {str(name): str(value) for name, value in check.get("headers", {}).items()}
    try:
        connection.request(str(check.get("method", "GET")), str(check["path"]), headers=headers)
        status = connection.getresponse().status
    except http.client.HTTPException:
        return False
    finally:
        connection.close()
    build.say(f"Health check {check['path']}: {status}")
    return 200 <= status < 300


def _listens(port: int) -> bool:
    socket.create_connection((HOST, port), timeout=1).close()
    return True


def _in_machine(built: Built, words: Sequence[str], variables: Mapping[str, str]) -> int:
    argv = (str(program(built.folder, words[0])), *words[1:])
    return build.run(argv, cwd=built.cwd, env=built.variables(variables), check=False).returncode


def _note_release(world: World, app: str, reference: str, status: str) -> None:
    with world.change() as whole:
        state.add_release(state.app_of(whole, app), reference, status)
        known = state.app_of(whole, app)["releases"]
        kept = {each["ImageRef"] for each in known[-KEPT:]}
        for old in {each["ImageRef"] for each in known} - kept:
            gone = whole.get("images", {}).pop(old, None)
            if gone:
                shutil.rmtree(gone["folder"], ignore_errors=True)


def _machine_id(app: Mapping[str, Any]) -> str:
    return state.mark(str(app["name"]))[:14]
