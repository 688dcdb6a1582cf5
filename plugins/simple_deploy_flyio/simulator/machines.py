"""What Fly.io runs: deployments, release commands, machines with their checks and volumes, and logs."""

from __future__ import annotations

import http.client
import shlex
import shutil
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.exceptions

from simple_deploy.rehearsal import World, build, database
from simple_deploy.rehearsal.world import HOST
from simple_deploy_flyio import hosting, names
from simple_deploy_flyio.simulator import building, state
from simple_deploy_flyio.simulator.building import BuildFailed, Exited, Image, Machine
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
    built = _image(world, reference) if image else _build(world, folder, config, reference, words)
    if ha and "mounts" not in config:
        build.say("Creating a second machine to increase service availability")
    release = Release(
        world=world, app=app, config=config, image=built, reference=reference, version=version, words=words
    )
    try:
        release.prepare()
        release.start()
    except Refused:
        _note_release(world, name, reference, "failed")
        raise


def remove(world: World, app: Mapping[str, Any]) -> None:
    """End everything of an app, and remove its images and volumes; a database server's database too."""
    name = str(app["name"])
    if app["machine"]:
        world.stop(process_of(name, app["machine"]["version"]))
    world.withdraw(names.host(name))
    if app["postgres"]:
        database.drop(world, name)
    with world.change() as whole:
        known = whole.get("images", {})
        mine = [known.pop(each) for each in [*known] if each.startswith(f"registry.fly.io/{name}:")]
    images = [image for image in (building.known(world, each) for each in mine) if image]
    for each in app["volumes"] if images else ():
        images[0].empty(volume(world, name, each["name"]))
    for image in images:
        image.remove()
    shutil.rmtree(world.place("apps", name), ignore_errors=True)


def volume(world: World, app: str, name: str) -> Path:
    """The folder of this computer that is a volume."""
    return world.place("volumes", app, name)


def log(world: World, app: Mapping[str, Any]) -> list[str]:
    """What the machine that was started last said, as the log of the platform has it."""
    version = app.get("logged")
    if version is None:
        return []
    try:
        text = world.log(process_of(app["name"], version)).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    machine = state.mark(str(app["name"]))[:14]
    return [f"{state.now()} app[{machine}] [info]{line}" for line in text.splitlines()[-200:]]


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


def _build(world: World, context: Path, config: Mapping[str, Any], reference: str, words: int) -> Image:
    build.say("==> Building image")
    wanted = config.get("build", {})
    file, args = str(wanted.get("dockerfile", "Dockerfile")), wanted.get("args", {})
    try:
        if world.scenario == "build-fails":
            build.say("ERROR: Could not find a version that satisfies the requirement django-of-a-typing-mistake")
            raise BuildFailed('process "/bin/sh -c pip install" did not complete successfully: exit code: 1')
        mark = reference.rpartition("-")[2]
        built = building.make(world, context, str(config["app"]), mark, file=file, args=args)
        build.linger(world)
    except BuildFailed as failed:
        raise refuse("build-failed", words, why=failed.why) from failed
    with world.change() as whole:
        whole.setdefault("images", {})[reference] = built.noted
    build.say(f"--> Building image done\nimage: {reference}")
    return built


def _image(world: World, reference: str) -> Image:
    noted = world.read().get("images", {}).get(reference)
    found = building.known(world, noted) if noted else None
    if found is None:
        raise refuse("build-failed", why=f"image {reference} not found")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An image on its way to serve *app*."""

    world: World
    app: Mapping[str, Any]
    config: Mapping[str, Any]
    image: Image
    reference: str
    version: int
    words: int

    @property
    def name(self) -> str:
        return str(self.app["name"])

    @property
    def machine_id(self) -> str:
        return state.mark(self.name)[:14]

    @property
    def region(self) -> str:
        return str(self.config.get("primary_region", "iad"))

    def prepare(self) -> None:
        """Run the release command: in a machine of its own, without volumes. :raises Refused: it failed."""
        command = self.config.get("deploy", {}).get("release_command")
        if not command:
            return
        build.say(f"Running {self.name} release_command: {command}")
        if self.world.scenario == "migration-fails":
            build.say("  Applying posts.0002_more...")
            build.say('django.db.utils.ProgrammingError: relation "posts_post" already exists')
            code = 1
        else:
            variables = {**self._variables(), "RELEASE_COMMAND": "1"}
            code = self.image.run(shlex.split(command), Machine(variables=variables, volumes={}))
        if code:
            raise refuse("release-failed", self.words, machine=self.machine_id, code=code)
        build.say(f"✔ release_command {self.machine_id} completed successfully")

    def start(self) -> None:
        """Start the machine, and let it serve once its checks pass. :raises Refused: they do not."""
        process, service = process_of(self.name, self.version), self.config["http_service"]
        before = self.app["machine"]
        build.say(
            f"Updating existing machines in '{self.name}' with rolling strategy" if before else "Creating machine"
        )
        argv = list(self.image.command)
        if self.world.scenario == "migration-fails":  # a machine with a volume migrates as it starts
            argv = [word.replace("manage.py migrate", "manage.py migrate --of-a-typing-mistake") for word in argv]
        machine = Machine(variables=self._variables(), volumes=self._volumes())
        with self.world.change() as whole:
            state.app_of(whole, self.name)["logged"] = self.version
        try:
            port = self.image.start(process, argv, machine, listens=int(service["internal_port"]))
        except Exited as exited:
            build.say(f"machine {self.machine_id} exited with non-zero status of {exited.code}")
            raise refuse("unhealthy", self.words, machine=self.machine_id) from exited
        if not _passes(self.world, process, port, service.get("checks", [])):
            self.world.stop(process)
            raise refuse("unhealthy", self.words, machine=self.machine_id)
        build.say("✔ Machine is now in a good state")
        _note_release(self.world, self.name, self.reference, "complete")
        with self.world.change() as whole:
            known = state.app_of(whole, self.name)
            known["deployed"] = True
            known["machine"] = {"id": self.machine_id, "region": self.region, "version": self.version}
        self.world.publish(names.host(self.name), port=port)
        if before:
            self.world.stop(process_of(self.name, before["version"]))
        build.say(f"\nVisit your newly deployed app at {names.url(self.name)}")

    def _volumes(self) -> dict[str, Path]:
        mounts = self.config.get("mounts", [])
        return {str(each["destination"]): volume(self.world, self.name, each["source"]) for each in mounts}

    def _variables(self) -> dict[str, str]:
        """The variables of a machine; secrets win over [env]."""
        found = {str(name): str(value) for name, value in self.config.get("env", {}).items()}
        if any("postgres" in str(value) for value in self.app["secrets"].values()):
            database.ensure(self.world)  # it does not survive a reboot of this computer by itself
        on_fly = hosting.machine(self.name, self.region, machine_id=self.machine_id, version=str(self.version))
        if self.world.scenario == "health-check-fails":
            on_fly["FLY_APP_NAME"] = "another-name"
        without_tls = {} if database.certify(self.world) else {"PGSSLMODE": "disable"}
        return {**without_tls, **found, **on_fly, **self.app["secrets"]}


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


def _note_release(world: World, app: str, reference: str, status: str) -> None:
    with world.change() as whole:
        state.add_release(state.app_of(whole, app), reference, status)
        known = state.app_of(whole, app)["releases"]
        kept = {each["ImageRef"] for each in known[-KEPT:]}
        gone = [whole.get("images", {}).pop(old, None) for old in {each["ImageRef"] for each in known} - kept]
    _remove_images(world, gone)


def _remove_images(world: World, noted: Iterable[Mapping[str, Any] | None]) -> None:
    for each in noted:
        if each and (image := building.known(world, each)):
            image.remove()
