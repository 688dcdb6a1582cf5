"""What Fly.io runs: deployments, release commands, machines with their checks and volumes, and logs."""

from __future__ import annotations

import http.client
import shlex
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.exceptions

from simple_deploy.rehearsal import World, approximation, build, database
from simple_deploy.rehearsal.approximation import Exited, Image
from simple_deploy.rehearsal.program import Refused
from simple_deploy.rehearsal.site import BuildFailed, Site, mark, now
from simple_deploy.rehearsal.world import HOST
from simple_deploy_flyio import environment, names
from simple_deploy_flyio.simulator import state
from simple_deploy_flyio.simulator.dockerfile_lines import DOCKERFILE
from simple_deploy_flyio.simulator.replies import REPLIES

BOOT = 60.0  # seconds a machine has until its checks have to pass
KEPT = 3  # images, the newest


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
    build.say("==> Verifying app config\nValidating fly.toml\n✓ Configuration is valid\n--> Verified app config")
    if world.scenario == "network-lost":
        raise REPLIES.refuse("no-network", whole)
    region = str(config.get("primary_region", "iad"))
    for mount in config.get("mounts", []):
        if mount["source"] not in {each["name"] for each in app["volumes"]}:
            raise REPLIES.refuse("needs-volume", whole, volume=mount["source"], region=region)
    version = len(app["releases"]) + 1
    reference = image or f"registry.fly.io/{name}:deployment-{mark(f'{name}{version}')[:26].upper()}"
    built = _image(world, reference) if image else _build(world, folder, config, reference)
    if ha and "mounts" not in config:
        build.say("Creating a second machine to increase service availability")
    release = Release(world=world, app=app, config=config, image=built, reference=reference, version=version)
    try:
        release.prepare()
        release.start()
        with world.change() as whole:  # what fly.toml says of the machine holds again
            state.app_of(whole, name).pop("memory", None)
    except Refused:
        _note_release(world, name, reference, "failed")
        raise


def restart(world: World, app: Mapping[str, Any]) -> None:
    """Let the machine begin anew, with the secrets of now. :raises Refused: it does not start."""
    machine = app["machine"]
    if machine is None:
        return
    reference = next(each["ImageRef"] for each in app["releases"] if each["Version"] == machine["version"])
    Release(
        world=world,
        app=app,
        config=machine["config"],
        image=_image(world, reference),
        reference=reference,
        version=len(app["releases"]) + 1,
    ).start()


def site_of(world: World, app: Mapping[str, Any], version: int | None = None) -> Site:
    """The site of *app*, as the machine of release *version*, or the one that serves, runs it."""
    name = str(app["name"])
    serving = version if version is not None else (app["machine"] or {}).get("version")
    return Site(world, name, names.host(name), f"machine-{name}-{serving}")


def console(world: World, app: Mapping[str, Any], command: str) -> int:
    """Run a command line in the machine that serves. :raises Refused: there is none."""
    machine = app["machine"]
    if machine is None or not site_of(world, app).is_up:
        raise REPLIES.refuse("asleep", app=app["name"])
    reference = next(each["ImageRef"] for each in app["releases"] if each["Version"] == machine["version"])
    image, version = _image(world, reference), machine["version"]
    return Release(
        world=world, app=app, config=machine["config"], image=image, reference=reference, version=version
    ).run(command)


def remove(world: World, app: Mapping[str, Any]) -> None:
    """End everything of an app, and remove its images and volumes; a database server's database too."""
    name = str(app["name"])
    with world.change() as whole:
        noted = whole.get("images", {})
        mine = [noted.pop(each) for each in [*noted] if each.startswith(f"registry.fly.io/{name}:")]
    images = [image for image in (approximation.known(world, each) for each in mine) if image]
    site_of(world, app).remove(*([name] if app["postgres"] else []))
    for each in app["volumes"] if images else ():
        images[0].empty(world, volume(world, name, each["name"]))
    for image in images:
        image.remove(world)


def volume(world: World, app: str, name: str) -> Path:
    """The folder of this computer that is a volume."""
    return world.place("volumes", app, name)


def log(world: World, app: Mapping[str, Any]) -> list[str]:
    """What the machine that was started last said, as the log of the platform has it."""
    machine = mark(str(app["name"]))[:14]
    return [f"{now()} app[{machine}] [info]{line}" for line in site_of(world, app, app.get("logged")).log(200)]


# -- parts of a deployment --


def _config(folder: Path) -> dict[str, Any]:
    file = folder / "fly.toml"
    if not file.is_file():
        raise REPLIES.refuse("no-config")
    try:
        return dict(tomlkit.parse(file.read_text(encoding="utf-8")).unwrap())
    except tomlkit.exceptions.TOMLKitError as error:
        raise REPLIES.refuse("bad-config", file=file, error=error) from error


def _build(world: World, context: Path, config: Mapping[str, Any], reference: str) -> Image:
    build.say("==> Building image")
    wanted, name, made = config.get("build", {}), str(config["app"]), []
    file, args = str(wanted.get("dockerfile", "Dockerfile")), wanted.get("args", {})
    tag = reference.rpartition("-")[2].lower()
    try:
        Site(world, name).build(
            lambda: made.append(approximation.make(world, context, name, tag, DOCKERFILE, file=file, args=args))
        )
    except BuildFailed as failed:
        raise REPLIES.refuse("build-failed", world.read(), why=failed) from failed
    with world.change() as whole:
        whole.setdefault("images", {})[reference] = made[0].noted
    build.say(f"--> Building image done\nimage: {reference}")
    return made[0]


def _image(world: World, reference: str) -> Image:
    noted = world.read().get("images", {}).get(reference)
    found = approximation.known(world, noted) if noted else None
    if found is None:
        raise REPLIES.refuse("build-failed", why=f"image {reference} not found")
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

    @property
    def name(self) -> str:
        return str(self.app["name"])

    @property
    def machine_id(self) -> str:
        return mark(self.name)[:14]

    @property
    def region(self) -> str:
        return str(self.config.get("primary_region", "iad"))

    def prepare(self) -> None:
        """Run the release command: in a machine of its own, without volumes. :raises Refused: it failed."""
        command = self.config.get("deploy", {}).get("release_command")
        if not command:
            return
        build.say(f"Running {self.name} release_command: {command}")
        variables = {**self._variables(), "RELEASE_COMMAND": "1"}
        code = self.site.migrate(lambda: self.image.run(self.world, shlex.split(command), variables, volumes={}))
        if code:
            raise self._refuse("release-failed", code=code)
        build.say(f"✔ release_command {self.machine_id} completed successfully")

    def start(self) -> None:
        """Start the machine, and let it serve once its checks pass. :raises Refused: they do not."""
        service, before = self.config["http_service"], self.app["machine"]
        build.say(
            f"Updating existing machines in '{self.name}' with rolling strategy" if before else "Creating machine"
        )
        argv = list(self.image.command)
        if self.world.scenario == "migration-fails":  # a machine with a volume migrates as it starts
            argv = [word.replace("manage.py migrate", "manage.py migrate --of-a-typing-mistake") for word in argv]
        with self.world.change() as whole:
            state.app_of(whole, self.name)["logged"] = self.version
        process, listens = self.site.process, int(service["internal_port"])
        mounted = self._volumes()
        try:
            port = self.image.start(self.world, process, argv, self._variables(), listens=listens, volumes=mounted)
        except Exited as exited:
            build.say(f"machine {self.machine_id} exited with non-zero status of {exited.code}")
            raise self._refuse("unhealthy") from exited
        if not _passes(self.site, port, service.get("checks", [])):
            self.site.stop()
            raise self._refuse("unhealthy")
        build.say("✔ Machine is now in a good state")
        _note_release(self.world, self.name, self.reference, "complete")
        with self.world.change() as whole:
            known = state.app_of(whole, self.name)
            known["deployed"] = True
            known["machine"] = {
                "id": self.machine_id,
                "region": self.region,
                "version": self.version,
                "config": self.config,
            }
        self.world.publish(self.site.host, port=port)
        if before:
            site_of(self.world, self.app).stop()
        build.say(f"\nVisit your newly deployed app at {names.url(self.name)}")

    def run(self, command: str) -> int:
        """Run a command line where it serves; returns its exit code."""
        return self.image.run(self.world, shlex.split(command), self._variables(), volumes=self._volumes())

    @property
    def site(self) -> Site:
        return site_of(self.world, self.app, self.version)

    def _refuse(self, situation: str, **values: object) -> Refused:
        return REPLIES.refuse(situation, self.world.read(), machine=self.machine_id, **values)

    def _volumes(self) -> dict[str, Path]:
        mounts = self.config.get("mounts", [])
        return {str(each["destination"]): volume(self.world, self.name, each["source"]) for each in mounts}

    def _variables(self) -> dict[str, str]:
        """The variables of a machine; secrets win over [env]."""
        found = {str(name): str(value) for name, value in self.config.get("env", {}).items()}
        if any("postgres" in str(value) for value in self.app["secrets"].values()):
            database.ensure(self.world)  # it does not survive a reboot of this computer by itself
        on_fly = environment.machine(self.name, self.region, machine_id=self.machine_id, version=str(self.version))
        if self.world.scenario == "health-check-fails":
            on_fly["FLY_APP_NAME"] = "another-name"
        without_tls = {} if database.certify(self.world) else {"PGSSLMODE": "disable"}
        return {**without_tls, **found, **on_fly, **self.app["secrets"]}


def _passes(site: Site, port: int, checks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the machine listens, and answers each check with 2xx: redirects are not followed."""
    deadline = time.monotonic() + BOOT
    while time.monotonic() < deadline and site.is_up:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return all(_check(port, check) for check in checks)
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


def _note_release(world: World, app: str, reference: str, status: str) -> None:
    with world.change() as whole:
        state.add_release(state.app_of(whole, app), reference, status)
        known = state.app_of(whole, app)["releases"]
        # Several releases can have one image: other secrets make a release too.
        newest = [*dict.fromkeys(each["ImageRef"] for each in reversed(known))]
        gone = [whole.get("images", {}).pop(old, None) for old in newest[KEPT:]]
    for each in gone:
        if each and (image := approximation.known(world, each)):
            image.remove(world)
