"""Container images for simulated platforms that build Dockerfiles: built and run by whichever engine works here.

buildah, podman and docker are each a row of command lines. On Linux containers share this computer's network, so what
listens in one is told a port that is free; where an engine has a computer of its own (Docker Desktop, a Podman
machine) its ports are published, and containers find this computer under a name.

Sources: the manual pages of buildah 1.28 and podman 4, docs.docker.com/reference/cli/docker.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uv

from simple_deploy.core.errors import StepError, TimedOut, ToolMissing
from simple_deploy.core.interfaces import Completed
from simple_deploy.managers import packageindex
from simple_deploy.rehearsal import build, dockerfile
from simple_deploy.rehearsal.world import HOST, World, alone, free_port, is_needed
from simple_deploy.system import files, process

#: The one engine to use, by its name, or ``none``.
VARIABLE = "SIMPLE_DEPLOY_CONTAINER_ENGINE"
NONE = "none"
ANSWER = 20.0  # seconds an engine may take to say whether it works
PULL = 90.0  # seconds a base image may take when nobody said that it is to be downloaded
_REFUSED, _BUILT, _MOUNTED = "no-engine", "built", "mounted"  # keys of the world's state
_INSIDE = "/volume"
_VARIABLES = "/variables-of-the-rehearsal"
_STAGES = 20  # of a Dockerfile, at most
#: Variables by which people tell an engine where its images are, and whom it asks.
_OF_ENGINES = ("CONTAINER", "DOCKER_", "BUILDAH_", "STORAGE_", "REGISTR", "XDG_", "DBUS_")


class Unavailable(StepError):
    """No image can be built here; the message is to be read behind “since”."""


class BuildFailed(StepError):
    """A build ended; the message is what the engine said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The command lines of one engine, without its own name.

    :param works: succeeds where it can be used.
    :param create: makes the container that something then runs in; empty where running makes it.
    :param host: of what *works* printed: what containers call this computer. :raises Unavailable: they cannot reach it.
    :param config: the image's configuration in what inspecting prints.
    :param adds_entrypoint: whether what is run is given to the image's entrypoint.
    :param takes_values: whether ``--env=NAME`` takes the value from the program's own environment.
    :param keeps_stages: whether the layers of all stages stay among the images until they are removed.
    """

    name: str
    works: tuple[str, ...]
    build: tuple[str, ...]
    inspect: tuple[str, ...]
    run: tuple[str, ...]
    remove: tuple[str, ...]
    create: tuple[str, ...] = ()
    host: Callable[[str], str] = lambda _said: HOST
    config: Callable[[Any], Any] = lambda printed: printed[0]["Config"]
    adds_entrypoint: bool = True
    takes_values: bool = True
    keeps_stages: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that works on this computer.

    :param host: what containers call this computer.
    """

    program: Program
    host: str

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def shares_network(self) -> bool:
        return self.host == HOST

    def need(self, world: World, text: str, *, timeout: float = PULL) -> None:
        """See that the images which the Dockerfile *text* begins with are here.

        :raises Unavailable: one cannot be had, which is remembered.
        """
        for base in dockerfile.bases(text):
            if _ask(self.program, *self.program.inspect, base).ok:
                continue
            build.say(f"Downloading {base} …")
            done = _ask(self.program, "pull", base, timeout=timeout)
            if not done.ok:
                raise give_up(world, f"{base} is not here and cannot be downloaded ({_last(done)})")

    def build(
        self, world: World, context: Path, name: str, *, file: str = "Dockerfile", args: Mapping[str, str]
    ) -> Image:
        """Build what is in the folder *context*; its .dockerignore counts, and no variable of anybody's is there.

        :param name: of the image: ``site:1``.
        :param file: the Dockerfile, below *context*.
        :raises Unavailable: what it begins with or installs cannot be downloaded, which is remembered.
        :raises BuildFailed: the build failed.
        """
        text = (context / file).read_text(encoding="utf-8")
        self.need(world, text)
        image = Image(engine=self, reference=f"localhost/rehearsal-{_mark(world)}/{name}")
        given = [f"--build-arg={key}={value}" for key, value in args.items()]
        argv = [self.name, *self.program.build, *given, f"--file={context / file}"]
        done = build.run([*argv, f"--tag={image.reference}", str(context)], cwd=context, env=_own(), check=False)
        if not done.ok:
            if not packageindex.answers(process.run, uv.find_uv_bin(), folder=context, root=context):
                raise give_up(world, "there is no network, from which an image gets its packages")
            raise BuildFailed(_last(done))
        with world.change() as state:
            state.setdefault(_BUILT, {})[image.reference] = {"engine": self.name, "host": self.host}
        if self.program.keeps_stages:
            # A name for what is left of each stage, by which it can be removed; it is built already.
            for number, stage in enumerate(dockerfile.named_stages(text)):
                tag = f"--tag={image.reference}-{number}"
                _ask(self.program, *argv[1:], tag, f"--target={stage}", str(context), timeout=600)
        return image


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """How a container gets its variables.

    :param flags: of the engine's program. :param environment: of that program.
    :param before: what begins the command line inside.
    """

    flags: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that was built for a rehearsal."""

    engine: Engine
    reference: str

    @property
    def noted(self) -> Mapping[str, str]:
        """As a state keeps it."""
        return {"reference": self.reference}

    @property
    def command(self) -> tuple[str, ...]:
        """What it starts."""
        return tuple(self._config().get("Cmd") or ())

    def run(
        self,
        world: World,
        argv: Sequence[str],
        variables: Mapping[str, str],
        *,
        volumes: Mapping[str, Path] | None = None,
        user: str = "",
    ) -> int:
        """Run a command in a container of its own, as the image's user or *user*; its output is passed on.

        :param volumes: folders of this computer, by where they are in the container.
        :returns: its exit code.
        """
        name = f"{_prefix(world)}-once"
        told = self._tell(world, name, variables)
        line = self._line(name, argv, told, _more(volumes or {}, user=user))
        try:
            self._create(name)
            return build.run(line, cwd=world.folder, env={**_own(), **told.environment}, check=False).returncode
        finally:
            _ask(self.engine.program, *self.engine.program.remove, name)

    def start(
        self,
        world: World,
        process: str,
        argv: Sequence[str],
        variables: Mapping[str, str],
        *,
        listens: int,
        volumes: Mapping[str, Path] | None = None,
    ) -> int:
        """Let a container run until the process *process* of the world is stopped, which removes it.

        :param listens: the port it listens on, as far as it knows.
        :returns: the port of this computer at which it is reached.
        :raises StepError: it would listen on a port that something else has.
        """
        port, more = free_port(), []
        if self.engine.shares_network:
            port, argv, variables = moved(argv, variables, listens, port)
        else:
            more = [f"--publish={HOST}:{port}:{listens}"]
        world.stop(process)
        name = f"{_prefix(world)}-{process}"
        told = self._tell(world, name, variables)
        line = self._line(name, argv, told, [*more, *_more(volumes or {})])
        self._create(name)
        gone = (self.engine.name, *self.engine.program.remove, name)
        with world.change() as state:
            mounted = {*state.get(_MOUNTED, ()), *map(str, (volumes or {}).values())}
            state[_MOUNTED] = sorted(mounted)
        world.start(process, line, cwd=world.folder, env={**_own(), **told.environment}, afterwards=gone)
        return port

    def remove(self, world: World) -> None:
        """Remove it, with what is left of its stages."""
        _ask(self.engine.program, "rmi", "--force", self.reference, timeout=60)
        for number in range(_STAGES if self.engine.program.keeps_stages else 0):
            if not _ask(self.engine.program, "rmi", f"{self.reference}-{number}", timeout=60).ok:
                break
        with world.change() as state:
            state.get(_BUILT, {}).pop(self.reference, None)

    def empty(self, world: World, folder: Path) -> None:
        """Remove a folder that was a volume: files in it may belong to users that only containers have."""
        try:
            files.remove_tree(folder)
        except PermissionError:
            self.run(world, ("find", _INSIDE, "-mindepth", "1", "-delete"), {}, volumes={_INSIDE: folder}, user="0")
            files.remove_tree(folder)

    def _config(self) -> Mapping[str, Any]:
        done = _ask(self.engine.program, *self.engine.program.inspect, self.reference)
        document = re.search(r"^[\[{].*", done.output, re.M | re.S)  # a warning may come first
        if not done.ok or document is None:
            raise StepError(f"{self.engine.name} does not know the image any more: {_last(done)}")
        return self.engine.program.config(json.loads(document[0])) or {}

    def _create(self, name: str) -> None:
        program = self.engine.program
        _ask(program, *program.remove, name)  # left over where a computer was switched off
        if program.create:
            done = _ask(program, *program.create, name, self.reference, timeout=120)
            if not done.ok:
                raise StepError(f"{program.name} makes no container: {_last(done)}")

    def _tell(self, world: World, name: str, variables: Mapping[str, str]) -> _Told:
        """How the container *name* gets the variables without a value in a command line, which others can read."""
        told = {key: value.replace(f"@{HOST}:", f"@{self.engine.host}:") for key, value in variables.items()}
        if self.engine.program.takes_values:
            # What the program needs itself is told by the flag; so is what is empty, which is none on Windows.
            own = {key for key in told if not told[key] or is_needed(key) or key.startswith(_OF_ENGINES)}
            flags = tuple(f"--env={key}={told[key]}" if key in own else f"--env={key}" for key in told)
            return _Told(flags=flags, environment={key: value for key, value in told.items() if key not in own})
        file = world.place("variables") / f"{name}.sh"
        lines = [f"export {key}={shlex.quote(value)}\n" for key, value in told.items() if key.isidentifier()]
        # Nobody but the owner gets into the folder; the image's user has to be able to read what is mounted.
        files.write_atomic(file, "".join(lines), mode=0o644)
        reading = ("/bin/sh", "-c", f'. {_VARIABLES}; exec "$@"', "sh")
        return _Told(flags=(f"--volume={file}:{_VARIABLES}:ro",), before=reading)

    def _line(self, name: str, argv: Sequence[str], told: _Told, more: Sequence[str]) -> list[str]:
        program, flags = self.engine.program, (*told.flags, *more)
        if program.create:
            entrypoint = () if program.adds_entrypoint else tuple(self._config().get("Entrypoint") or ())
            return [program.name, *program.run, *flags, name, "--", *told.before, *entrypoint, *argv]
        network = ("--network=host",) if self.engine.shares_network else ()
        return [program.name, *program.run, *network, f"--name={name}", *flags, self.reference, *argv]


def _more(volumes: Mapping[str, Path], *, user: str = "") -> list[str]:
    mounted = [f"--volume={folder}:{inside}" for inside, folder in volumes.items()]
    return [*mounted, f"--user={user}"] if user else mounted


def find(world: World) -> Engine:
    """The engine to build with.

    :raises Unavailable: there is none that works.
    """
    known = world.read().get(_REFUSED)
    if known:
        raise Unavailable(known)
    wanted = os.environ.get(VARIABLE, "").strip().lower()
    if wanted == NONE:
        raise Unavailable(f"{VARIABLE} says so")
    reasons = []
    for program in PROGRAMS:
        if shutil.which(program.name) and wanted in ("", program.name):
            try:
                return Engine(program=program, host=_host(program))
            except Unavailable as why:
                reasons.append(why.message)
    missing = f"{wanted} is not installed" if wanted else "none of podman, docker and buildah is installed"
    raise Unavailable("; ".join(reasons) or missing)


def give_up(world: World, reason: str) -> Unavailable:
    """Try no engine again in this world until :func:`try_again`, for *reason*."""
    with world.change() as state:
        state[_REFUSED] = reason
    return Unavailable(reason)


def try_again(world: World) -> None:
    """Forget why there was no engine."""
    with world.change() as state:
        state.pop(_REFUSED, None)


def known(world: World, reference: str) -> Image | None:
    """The image *reference* that was built in this world; None when it is gone."""
    built = world.read().get(_BUILT, {}).get(reference)
    program = next((each for each in PROGRAMS if built and each.name == built["engine"]), None)
    if program is None or not _ask(program, *program.inspect, reference).ok:
        return None
    return Image(engine=Engine(program=program, host=built["host"]), reference=reference)


def clear(world: World) -> None:
    """End everything that runs in this world, and remove its images and volumes."""
    world.stop_all()
    state = world.read()
    found = [image for image in (known(world, reference) for reference in state.get(_BUILT, {})) if image]
    for folder in state.get(_MOUNTED, ()) if found else ():
        found[0].empty(world, Path(folder))
    for image in found:
        image.remove(world)


def moved(
    argv: Sequence[str], variables: Mapping[str, str], listens: int, port: int
) -> tuple[int, tuple[str, ...], Mapping[str, str]]:
    """What listens on *port* of this computer in place of *listens*: the port, the command line, the variables.

    :raises StepError: it names no port that could be replaced, and that port of this computer is taken.
    """
    address = re.compile(rf"(?:0\.0\.0\.0|127\.0\.0\.1|\[::\]|localhost|(?<![\w.\]])):{listens}(?!\d)")
    option = re.compile(rf"((?:--port|-p|PORT)[= ]){listens}(?!\d)")
    words = [option.sub(rf"\g<1>{port}", address.sub(f"{HOST}:{port}", word)) for word in argv]
    for place, word in enumerate(words[1:], 1):
        if word == str(listens) and words[place - 1] in {"--port", "-p"}:
            words[place] = str(port)
    env = {name: str(port) if name == "PORT" and value == str(listens) else value for name, value in variables.items()}
    if tuple(words) == tuple(argv) and env == dict(variables):
        if _is_taken(listens):
            raise StepError(
                f"Port {listens}, on which the site listens, is taken on this computer.",
                hint="Stop the program that listens there, or have the Dockerfile's CMD name the address "
                f"0.0.0.0:{listens}.",
            )
        port = listens
    return port, tuple(words), env


# -- the programs --


def _docker_host(said: str) -> str:
    if "linux" not in said.split():
        raise Unavailable("docker runs containers of Windows here")
    if os.environ.get("DOCKER_HOST", "").startswith(("tcp:", "ssh:")):
        raise Unavailable("docker runs containers on another computer")
    if sys.platform != "linux" or "Docker Desktop" in said:
        return "host.docker.internal"
    if "name=rootless" in said:
        raise Unavailable("containers of docker without root cannot reach this computer")
    return HOST


def _podman_host(said: str) -> str:
    return "host.containers.internal" if "true" in said else HOST


_LIKE_DOCKER = ("run", "--rm", "--security-opt=label=disable")
PROGRAMS: Sequence[Program] = (
    Program(
        name="podman",
        works=("info", "--format={{.Host.ServiceIsRemote}}"),
        build=("build", "--layers"),
        inspect=("image", "inspect"),
        run=_LIKE_DOCKER,
        remove=("rm", "--force", "--ignore", "--time=0"),
        host=_podman_host,
    ),
    Program(
        name="docker",
        works=("info", "--format={{.OSType}} {{.OperatingSystem}} {{.SecurityOptions}} {{.ServerVersion}}"),
        build=("build", "--progress=plain"),
        inspect=("image", "inspect"),
        run=_LIKE_DOCKER,
        remove=("rm", "--force"),
        host=_docker_host,
        keeps_stages=False,
    ),
    Program(
        name="buildah",
        works=("images", "--quiet"),
        build=("build", "--isolation=chroot", "--layers", "--pull=false"),
        inspect=("inspect", "--type=image"),
        create=("from", "--pull-never", "--name"),
        run=("run", "--isolation=chroot"),
        remove=("rm",),
        config=lambda printed: printed["OCIv1"]["config"],
        adds_entrypoint=False,
        takes_values=False,
    ),
)


def _host(program: Program) -> str:
    """What containers of an engine that works call this computer. :raises Unavailable: it does not work."""
    done = _ask(program, *program.works)
    if not done.ok:
        raise Unavailable(f"{program.name} does not work here ({_last(done)})")
    return program.host(done.output)


def _ask(program: Program, *arguments: str, timeout: float = ANSWER) -> Completed:
    argv = (program.name, *arguments)
    try:
        return process.run(argv, env=alone(_own()), check=False, timeout=timeout)
    except (TimedOut, ToolMissing) as error:
        return Completed(argv=argv, returncode=-1, output=error.message)


def _own() -> dict[str, Any]:
    return {name: value for name, value in os.environ.items() if name.startswith(_OF_ENGINES)}


def _last(done: Completed) -> str:
    return next((line.strip() for line in reversed(done.output.splitlines()) if line.strip()), "it says nothing")


def _mark(world: World) -> str:
    return hashlib.sha256(str(world.folder.resolve()).encode()).hexdigest()[:12]


def _prefix(world: World) -> str:
    return f"rehearsal-{_mark(world)}"


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
