"""Images of sites: built by a container engine where one works, else an approximation; and what runs in them."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from simple_deploy.rehearsal import World, build, dockerfile, free_port, images, serving
from simple_deploy.rehearsal.world import HOST
from simple_deploy_flyio.simulator import recipe
from simple_deploy_flyio.simulator.recipe import Built, Recipe


@dataclass
class BuildFailed(Exception):
    """A build ended; the message says why."""

    why: str


@dataclass
class Exited(Exception):
    """What a machine starts ended before it listened."""

    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a command runs in, besides the image.

    :param volumes: folders of this computer, by where they are in the machine.
    """

    variables: Mapping[str, str]
    volumes: Mapping[str, Path]


class Image(Protocol):
    """An image of a site."""

    @property
    def noted(self) -> Mapping[str, Any]:
        """As the state keeps it; :func:`known` makes an image of it again."""

    @property
    def command(self) -> Sequence[str]:
        """What it starts."""

    def run(self, argv: Sequence[str], machine: Machine) -> int:
        """Run a command, passing its output on; returns its exit code."""

    def start(self, process: str, argv: Sequence[str], machine: Machine, *, listens: int) -> int:
        """Start *argv* as the world's process *process*; returns the port of this computer at which it is reached.

        :param listens: the port it listens on, as far as it knows.
        :raises Exited: it ended before it listened.
        """

    def empty(self, volume: Path) -> None:
        """Remove the folder of a volume."""

    def remove(self) -> None:
        """Remove it from this computer."""


def make(world: World, context: Path, app: str, mark: str, *, file: str, args: Mapping[str, str]) -> Image:
    """Build the Dockerfile *file* of the folder *context*.

    :param mark: of the image, among those of the app.
    :raises BuildFailed: it cannot be built.
    """
    if not (context / file).is_file():
        raise BuildFailed(f"dockerfile '{file}' not found")
    try:
        engine = images.find(world)
        build.say(f"   (by {engine.name}, from the Dockerfile, as Fly.io's builder does it)")
        made = engine.build(world, context, f"{app}:{mark.lower()}", file=file, args=args)
        return InContainers(world=world, image=made)
    except images.Unavailable as why:
        return _approximated(world, context, app, mark, file, why.message)
    except images.BuildFailed as failed:
        build.say(f"   (to rehearse without {engine.name}, set {images.VARIABLE} to {images.NONE})")
        raise BuildFailed(failed.message) from failed


def known(world: World, noted: Mapping[str, Any]) -> Image | None:
    """The image that was *noted*; None when it is gone."""
    if "reference" in noted:
        found = images.known(world, noted["reference"])
        return InContainers(world=world, image=found) if found else None
    if not Path(noted["folder"]).is_dir():
        return None
    built = Built(
        folder=Path(noted["folder"]), workdir=noted["workdir"], env=noted["env"], command=tuple(noted["command"])
    )
    return OnThisComputer(world=world, built=built)


@dataclass(frozen=True, slots=True, kw_only=True)
class InContainers:
    """An image that a container engine built, and runs."""

    world: World
    image: images.Image

    @property
    def noted(self) -> Mapping[str, Any]:
        return {"reference": self.image.reference}

    @property
    def command(self) -> Sequence[str]:
        return self.image.command

    def run(self, argv: Sequence[str], machine: Machine) -> int:
        return self.image.run(self.world, argv, machine.variables, volumes=machine.volumes)

    def start(self, process: str, argv: Sequence[str], machine: Machine, *, listens: int) -> int:
        return self.image.start(self.world, process, argv, machine.variables, listens=listens, volumes=machine.volumes)

    def empty(self, volume: Path) -> None:
        self.image.empty(self.world, volume)

    def remove(self) -> None:
        self.image.remove(self.world)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnThisComputer:
    """What following the lines of a Dockerfile made: folders and an environment of this computer."""

    world: World
    built: Built

    @property
    def noted(self) -> Mapping[str, Any]:
        built = self.built
        return {
            "folder": str(built.folder),
            "workdir": built.workdir,
            "env": dict(built.env),
            "command": list(built.command),
        }

    @property
    def command(self) -> Sequence[str]:
        return self.built.command

    def run(self, argv: Sequence[str], machine: Machine) -> int:
        line = (str(recipe.program(self.built.folder, argv[0])), *argv[1:])
        return build.run(line, cwd=self.built.cwd, env=self._variables(machine), check=False).returncode

    def start(self, process: str, argv: Sequence[str], machine: Machine, *, listens: int) -> int:
        if argv[:2] == ["sh", "-c"]:  # a volume: the database is brought up to date first, then the site starts
            before, _, then = shlex.split(argv[2])[-1].partition(" && exec ")
            if code := self.run(shlex.split(before), machine):
                raise Exited(code)
            argv = shlex.split(then)
        port = free_port()
        words = [word.replace(f"0.0.0.0:{listens}", f"{HOST}:{port}") for word in argv]
        words[0] = str(recipe.program(self.built.folder, words[0]))
        self.world.start(process, words, cwd=self.built.cwd, env=self._variables(machine))
        return port

    def empty(self, volume: Path) -> None:
        shutil.rmtree(volume, ignore_errors=True)

    def remove(self) -> None:
        shutil.rmtree(self.built.folder, ignore_errors=True)

    def _variables(self, machine: Machine) -> dict[str, str]:
        """There is no volume at its place: what names one has to name its folder."""
        env = dict(machine.variables)
        for inside, folder in machine.volumes.items():
            env = {name: _moved(value, inside, folder.as_posix()) for name, value in env.items()}
        return {**serving.variables(self.world), **self.built.variables(env)}


def _approximated(world: World, context: Path, app: str, mark: str, file: str, why: str) -> Image:
    steps = list(dockerfile.instructions((context / file).read_text(encoding="utf-8")))
    edited = recipe.unknown(steps)
    if edited:
        raise BuildFailed(
            f"“{edited[0]}” is no line that this tool writes. A rehearsal builds a Dockerfile that was edited with "
            f"podman, docker or buildah, and cannot, since {why}. Install Podman (https://podman.io/docs/installation) "
            "and rehearse again, or deploy: the real Fly.io builds it"
        )
    build.say(
        f"   (an approximation, since {why}: the lines of the Dockerfile are done on this computer, not in a container)"
    )
    folder = world.place("apps", app, mark.lower())
    try:
        built = Recipe(context=context, folder=folder, say=build.say).build(steps)
    except recipe.StepFailed as failed:
        shutil.rmtree(folder, ignore_errors=True)
        raise BuildFailed(failed.why) from failed
    return OnThisComputer(world=world, built=built)


def _moved(value: str, target: str, real: str) -> str:
    """A path below *target*, or the address of a SQLite database there, as it is on this computer."""
    found = re.fullmatch(rf"(sqlite:///)?{re.escape(target)}((?:/.*)?)", value)
    return f"{found[1] or ''}{real}{found[2]}" if found else value
