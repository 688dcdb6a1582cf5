"""Images of Dockerfiles that one tool writes, also where no container engine works: by doing what their lines say.

Whoever builds one gets either an image of the engine that works here, or an approximation of it, and uses both alike.
An approximation knows the lines of its :class:`Rules` only; what each does is done in an environment and a folder of
its own. A Dockerfile that somebody edited is refused, since nobody knows what it does.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from simple_deploy.rehearsal import build, dockerfile, images, serving
from simple_deploy.rehearsal.dockerignore import matcher
from simple_deploy.rehearsal.site import TOOLS, BuildFailed
from simple_deploy.rehearsal.world import HOST, World, free_port
from simple_deploy.system import files

_NOT_FOR_UV = ("--no-cache", "--no-python-downloads")


class Exited(Exception):
    """What an image starts ended before it listened.

    :param code: its exit code.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Image(Protocol):
    """An image of a site: one of an engine (:class:`simple_deploy.rehearsal.images.Image`), or an approximation."""

    @property
    def noted(self) -> Mapping[str, Any]:
        """As a state keeps it; :func:`known` makes an image of it again."""

    @property
    def command(self) -> Sequence[str]:
        """What it starts."""

    def run(
        self, world: World, argv: Sequence[str], variables: Mapping[str, str], *, volumes: Mapping[str, Path]
    ) -> int:
        """Run a command, passing its output on; returns its exit code.

        :param volumes: folders of this computer, by where they are in the image.
        """

    def start(
        self,
        world: World,
        process: str,
        argv: Sequence[str],
        variables: Mapping[str, str],
        *,
        listens: int,
        volumes: Mapping[str, Path],
    ) -> int:
        """Start *argv* as the world's process *process*; returns the port of this computer at which it is reached.

        :param listens: the port it listens on, as far as it knows.
        :raises Exited: it ended before it listened.
        """

    def empty(self, world: World, folder: Path) -> None:
        """Remove the folder of a volume."""

    def remove(self, world: World) -> None:
        """Remove it from this computer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The lines of a Dockerfile that are known.

    :param platform: whose builder would build it, as people know it.
    :param base: of what it begins with; its first group is a version of Python, its second the name of a stage.
    :param commands: what is done for a command that fits a pattern.
    :param starts: what its CMD may begin with.
    """

    platform: str
    base: str
    commands: Mapping[str, Callable[[Building, re.Match[str]], None]]
    starts: tuple[str, ...]

    def unknown(self, steps: Sequence[tuple[str, str]]) -> list[str]:
        """The lines that somebody must have edited; or what is missing of them."""
        found = [f"{word} {rest}" for word, rest in steps if not self._is_known(word, rest)]
        return found or ([] if any(word == "CMD" for word, _ in steps) else ["no CMD"])

    def python_of(self, file: Path) -> str:
        """The interpreter that plays the one the Dockerfile *file* begins with; this one where there is none."""
        steps = dockerfile.instructions(file.read_text(encoding="utf-8")) if file.is_file() else ()
        found = [match for word, rest in steps if word == "FROM" and (match := re.fullmatch(self.base, rest))]
        return build.interpreter(found[0][1]) if found else sys.executable

    def _is_known(self, word: str, rest: str) -> bool:
        if word == "RUN":
            return any(re.fullmatch(pattern, rest) for pattern in self.commands)
        if word == "FROM":
            return re.fullmatch(self.base, rest) is not None
        return rest.startswith(self.starts) if word == "CMD" else word in _INSTRUCTIONS


def make(
    world: World, context: Path, app: str, mark: str, rules: Rules, *, file: str, args: Mapping[str, str]
) -> Image:
    """An image of the Dockerfile *file* in the folder *context*.

    :param mark: of the image, among those of the app.
    :raises BuildFailed: it cannot be built.
    """
    if not (context / file).is_file():
        raise BuildFailed(f"dockerfile '{file}' not found")
    try:
        engine = images.find(world)
        build.say(f"   (by {engine.name}, from the Dockerfile, as {rules.platform}'s builder does it)")
        return engine.build(world, context, f"{app}:{mark}", file=file, args=args)
    except images.Unavailable as why:
        return _approximated(world, context, app, mark, rules, file, why.message)
    except images.BuildFailed as failed:
        build.say(f"   (to rehearse without {engine.name}, set {images.VARIABLE} to {images.NONE})")
        raise BuildFailed(failed.message) from failed


def known(world: World, noted: Mapping[str, Any]) -> Image | None:
    """The image that was *noted*; None when it is gone."""
    if "reference" in noted:
        return images.known(world, noted["reference"])
    if not Path(noted["folder"]).is_dir():
        return None
    command = tuple(noted["command"])
    return Approximated(folder=Path(noted["folder"]), workdir=noted["workdir"], env=noted["env"], command=command)


def _approximated(world: World, context: Path, app: str, mark: str, rules: Rules, file: str, why: str) -> Image:
    steps = list(dockerfile.instructions((context / file).read_text(encoding="utf-8")))
    if edited := rules.unknown(steps):
        raise BuildFailed(
            f"“{edited[0]}” is no line that this tool writes. A rehearsal builds a Dockerfile that was edited with "
            f"podman, docker or buildah, and cannot, since {why}. Install Podman (https://podman.io/docs/installation) "
            f"and rehearse again, or deploy: the real {rules.platform} builds it"
        )
    build.say(
        f"   (an approximation, since {why}: the lines of the Dockerfile are done on this computer, not in a container)"
    )
    folder = world.place("apps", app, mark)
    try:
        return Building(context=context, folder=folder, rules=rules).build(steps)
    except BuildFailed:
        files.remove_tree(folder)
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Approximated:
    """What following the lines of a Dockerfile made.

    :param folder: holds ``code`` and ``venv``, which are ``/code`` and ``/venv`` of the image.
    :param workdir: where commands run, below ``/``.
    """

    folder: Path
    workdir: str
    env: Mapping[str, str]
    command: tuple[str, ...]

    @property
    def noted(self) -> Mapping[str, Any]:
        kept = {"folder": str(self.folder), "workdir": self.workdir}
        return {**kept, "env": dict(self.env), "command": list(self.command)}

    def run(
        self, world: World, argv: Sequence[str], variables: Mapping[str, str], *, volumes: Mapping[str, Path]
    ) -> int:
        words = (str(place(self.folder, word)) if word.startswith("/code/") else word for word in argv[1:])
        line = (str(program(self.folder, PurePosixPath(argv[0]).name)), *words)
        env = self._variables(world, variables, volumes)
        return build.run(line, cwd=place(self.folder, self.workdir), env=env, check=False).returncode

    def start(
        self,
        world: World,
        process: str,
        argv: Sequence[str],
        variables: Mapping[str, str],
        *,
        listens: int,
        volumes: Mapping[str, Path],
    ) -> int:
        words = list(argv)
        if words[:2] == ["sh", "-c"]:  # a volume: the database is brought up to date first, then the site starts
            before, _, then = shlex.split(words[2])[-1].partition(" && exec ")
            if code := self.run(world, shlex.split(before), variables, volumes=volumes):
                raise Exited(code)
            words = shlex.split(then)
        port = free_port()
        words = [word.replace(f"0.0.0.0:{listens}", f"{HOST}:{port}") for word in words]
        words[0] = str(program(self.folder, words[0]))
        env = self._variables(world, variables, volumes)
        world.start(process, words, cwd=place(self.folder, self.workdir), env=env)
        return port

    def empty(self, world: World, folder: Path) -> None:
        files.remove_tree(folder)

    def remove(self, world: World) -> None:
        files.remove_tree(self.folder)

    def _variables(self, world: World, given: Mapping[str, str], volumes: Mapping[str, Path]) -> dict[str, str]:
        """There is no volume at its place: what names one has to name its folder."""
        told = dict(given)
        for inside, folder in volumes.items():
            told = {name: _moved(value, inside, folder.as_posix()) for name, value in told.items()}
        return {**serving.variables(world), **surroundings(self.folder), **self.env, **told}


def _moved(value: str, target: str, real: str) -> str:
    """A path below *target*, or the address of a SQLite database there, as it is on this computer."""
    found = re.fullmatch(rf"(sqlite:///)?{re.escape(target)}((?:/.*)?)", value)
    return f"{found[1] or ''}{real}{found[2]}" if found else value


@dataclass(kw_only=True)
class Building:
    """One build.

    :param context: the project as it was sent.
    """

    context: Path
    folder: Path
    rules: Rules
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    command: tuple[str, ...] = ()
    python: str = sys.executable
    stage: str = "code"

    def build(self, steps: Sequence[tuple[str, str]]) -> Approximated:
        """Do what the instructions of the Dockerfile say, all of which are known.

        :raises BuildFailed: a step failed.
        """
        for number, (word, rest) in enumerate(steps, 1):
            build.say(f"#{number} [{number}/{len(steps)}] {word} {rest}")
            _INSTRUCTIONS[word](self, rest)
        return Approximated(folder=self.folder, workdir=self.workdir, env=dict(self.env), command=self.command)

    # -- instructions --

    def _from(self, rest: str) -> None:
        found = re.fullmatch(self.rules.base, rest)
        assert found is not None
        self.env, self.workdir = {}, "/"
        if not found[1]:
            self.stage = "front-end"
            return
        self.stage = "packages" if found[2] else "code"
        self.python = build.interpreter(found[1])

    def _env(self, rest: str) -> None:
        for word in shlex.split(rest):
            name, _, value = word.partition("=")
            if name != "PATH":  # that of this computer has what the steps need
                self.env[name] = value

    def _workdir(self, rest: str) -> None:
        self.workdir = str(PurePosixPath(self.workdir) / dockerfile.word(rest))
        self._here().mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        if rest == "--from=packages /venv /venv":
            return
        if rest == "--from=front-end /code .":
            shutil.copytree(
                self.folder / "front-end" / "code",
                self._here(),
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("node_modules"),
            )
            return
        words = json.loads(rest) if rest.startswith("[") else rest.split()
        *sources, target = words
        file = self.context / ".dockerignore"
        is_out = matcher(file.read_text(encoding="utf-8") if file.is_file() else "")
        for source in sources:
            begin = self.context if source == "." else self.context / source
            if not begin.exists():
                raise BuildFailed(f'failed to calculate checksum of ref: "/{source}": not found')
            _copy_tree(self.context, begin, self._at(str(PurePosixPath(self.workdir) / target)), is_out)

    def _run(self, rest: str) -> None:
        for pattern, action in self.rules.commands.items():
            if found := re.fullmatch(pattern, rest):
                action(self, found)
                return

    def _user(self, _rest: str) -> None:
        """Everything belongs to whoever rehearses."""

    def _cmd(self, rest: str) -> None:
        self.command = tuple(json.loads(rest))

    # -- commands, for the rules --

    def nothing(self, _found: re.Match[str]) -> None:
        """Not needed on this computer."""

    def not_installed(self, found: re.Match[str]) -> None:
        """Packages of the system."""
        build.say(f"   (not installed in a rehearsal: Debian's {found[1].strip()})")

    def node(self, found: re.Match[str]) -> None:
        """Install or build a front end with this computer's Node."""
        words = shlex.split(found[1])
        own = shutil.which(words[0])
        if own is None:
            raise BuildFailed(f"{words[0]} is not on this computer, and the front end is built with it")
        env = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder / "home")}
        self._must((own, *words[1:]), found[1], env)

    def environment(self, _found: re.Match[str]) -> None:
        """Make ``/venv``."""
        self._uv("venv", "--quiet", "--clear", "--seed", "--python", self.python, str(self._venv), cwd=self.context)

    def pip(self, found: re.Match[str]) -> None:
        """Install the requirements file that the first group names."""
        (file,) = shlex.split(found[1])
        self._uv("pip", "install", "--python", str(self._venv), "-r", file, cwd=self._here())

    def uv_sync(self, found: re.Match[str]) -> None:
        words = [word for word in shlex.split(found[1]) if word not in _NOT_FOR_UV]
        self._uv(*words, "--python", self.python, cwd=self._here())

    def manager(self, found: re.Match[str]) -> None:
        """Install with Poetry or Pipenv."""
        self._must([word for word in shlex.split(found[1]) if word != "--no-cache"], found[0], self._variables())

    def manage(self, found: re.Match[str]) -> None:
        """A management command, behind variables that are made up for it."""
        made_up = dict(word.split("=", 1) for word in found[1].split())
        words = shlex.split(found[2])
        self._must([str(program(self.folder, words[0])), *words[1:]], found[0], {**self._variables(), **made_up})

    # -- parts --

    def _here(self) -> Path:
        return self._at(self.workdir)

    def _at(self, inside: str) -> Path:
        return place(self.folder if self.stage == "code" else self.folder / self.stage, inside)

    @property
    def _venv(self) -> Path:
        return self.folder / "venv"

    def _variables(self) -> dict[str, str]:
        env = {name: value for name, value in self.env.items() if not value.startswith("/venv")}
        return {**surroundings(self.folder), **env, "VIRTUAL_ENV": str(self._venv)}

    def _uv(self, *words: str, cwd: Path) -> None:
        env = {**self._variables(), "UV_PROJECT_ENVIRONMENT": str(self._venv)}
        self._must(("uv", *words), f"uv {words[0]}", env, cwd=cwd)

    def _must(self, argv: Sequence[str], line: str, env: Mapping[str, str], *, cwd: Path | None = None) -> None:
        code = build.program(argv, cwd or self._here(), env, environment=self._venv)
        if code:
            raise BuildFailed(f"process {line!r} did not complete successfully: exit code: {code}")


def place(folder: Path, inside: str) -> Path:
    """Where ``/code/…`` of the image is."""
    return folder.joinpath(*PurePosixPath(inside).parts[1:])


def program(folder: Path, name: str) -> Path:
    """A program of the image's environment."""
    if sys.platform == "win32":
        return folder / "venv" / "Scripts" / f"{name}.exe"
    return folder / "venv" / "bin" / name


def surroundings(folder: Path) -> dict[str, str]:
    """Variables of this computer that a build and a machine need."""
    programs = program(folder, "python").parent
    tools = {name: value for name, value in os.environ.items() if name.startswith(TOOLS)}
    return {
        **tools,
        "PATH": os.pathsep.join((str(programs), os.environ.get("PATH", ""))),
        "HOME": str(folder / "home"),
    }


def _copy_tree(context: Path, begin: Path, into: Path, is_out: Callable[[str], bool]) -> None:
    files = [begin] if begin.is_file() else sorted(path for path in begin.rglob("*") if path.is_file())
    base = begin.parent if begin.is_file() else begin
    for path in files:
        if is_out(path.relative_to(context).as_posix()):
            continue
        target = into / path.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


_INSTRUCTIONS: Mapping[str, Callable[[Building, str], None]] = {
    "FROM": Building._from,
    "ENV": Building._env,
    "WORKDIR": Building._workdir,
    "COPY": Building._copy,
    "RUN": Building._run,
    "USER": Building._user,
    "EXPOSE": Building._user,
    "CMD": Building._cmd,
}
