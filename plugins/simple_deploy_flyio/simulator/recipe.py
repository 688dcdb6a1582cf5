"""Building a site from the Dockerfile that this plugin wrote, without a container engine: an approximation.

Only lines as the plugin writes them are known; what each does is done in an environment and a folder of its own. A
Dockerfile that somebody edited is refused, since nobody knows what it does.
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

from simple_deploy.rehearsal import build, dockerfile, installing
from simple_deploy_flyio.simulator.ignoring import matcher

#: How this computer's tools get packages, and whom they trust.
_TOOLS = ("UV_", "PIP_", "PIPENV_", "POETRY_", "REQUESTS_", "CURL_", "SSL_")
_BASE = r"python:(\d+\.\d+)-slim-trixie( AS packages)?"
_NOT_FOR_UV = ("--no-cache", "--no-python-downloads")


@dataclass
class StepFailed(Exception):
    """A step failed; the message says why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was built, and how it is started.

    :param folder: holds ``code`` and ``venv``, which are ``/code`` and ``/venv`` of the image.
    :param workdir: where commands run, below ``/``.
    """

    folder: Path
    workdir: str
    env: Mapping[str, str]
    command: tuple[str, ...]

    @property
    def cwd(self) -> Path:
        return place(self.folder, self.workdir)

    def variables(self, env: Mapping[str, str]) -> dict[str, str]:
        """The variables of a machine of this image, with *env* of its own."""
        return {**surroundings(self.folder), **self.env, **env}


@dataclass
class Recipe:
    """One build.

    :param context: the project as it was sent.
    """

    context: Path
    folder: Path
    say: Callable[[str], None]
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    command: tuple[str, ...] = ()
    python: str = sys.executable
    stage: str = "code"

    def build(self, steps: Sequence[tuple[str, str]]) -> Built:
        """Do what the instructions of the Dockerfile say, all of which are known.

        :raises StepFailed: a step failed.
        """
        for number, (word, rest) in enumerate(steps, 1):
            self.say(f"#{number} [{number}/{len(steps)}] {word} {rest}")
            _INSTRUCTIONS[word](self, rest)
        return Built(folder=self.folder, workdir=self.workdir, env=dict(self.env), command=self.command)

    # -- instructions --

    def _from(self, rest: str) -> None:
        found = re.fullmatch(_BASE, rest)
        assert found is not None
        self.stage = "packages" if found[2] else "code"
        self.env, self.workdir = {}, "/"
        self.python = build.interpreter(found[1])

    def _env(self, rest: str) -> None:
        for word in shlex.split(rest):
            name, _, value = word.partition("=")
            if name != "PATH":  # that of this computer has what the steps need
                self.env[name] = value

    def _workdir(self, rest: str) -> None:
        self.workdir = str(PurePosixPath(self.workdir) / rest.strip('"'))
        self._here().mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        if rest == "--from=packages /venv /venv":
            return
        words = json.loads(rest) if rest.startswith("[") else rest.split()
        *sources, target = words
        file = self.context / ".dockerignore"
        is_out = matcher(file.read_text(encoding="utf-8") if file.is_file() else "")
        for source in sources:
            begin = self.context if source == "." else self.context / source
            if not begin.exists():
                raise StepFailed(f'failed to calculate checksum of ref: "/{source}": not found')
            into = self._here() if target in {".", "./"} else self._here() / target
            _copy_tree(self.context, begin, into, is_out)

    def _run(self, rest: str) -> None:
        for pattern, action in _COMMANDS.items():
            if found := re.fullmatch(pattern, rest):
                action(self, found)
                return

    def _user(self, _rest: str) -> None:
        """Everything belongs to whoever rehearses."""

    def _cmd(self, rest: str) -> None:
        self.command = tuple(json.loads(rest))

    # -- commands --

    def _nothing(self, _found: re.Match[str]) -> None:
        """Not needed on this computer."""

    def _debian(self, found: re.Match[str]) -> None:
        self.say(f"   (not installed in a rehearsal: Debian's {found[1].strip()})")

    def _environment(self, _found: re.Match[str]) -> None:
        self._uv("venv", "--quiet", "--clear", "--seed", "--python", self.python, str(self._venv()), cwd=self.context)

    def _pip(self, found: re.Match[str]) -> None:
        (file,) = shlex.split(found[1])
        self._uv("pip", "install", "--python", str(self._venv()), "-r", file, cwd=self._here())

    def _uv_sync(self, found: re.Match[str]) -> None:
        words = ["sync", *(word for word in shlex.split(found[1])[1:] if word not in _NOT_FOR_UV)]
        self._uv(*words, "--python", self.python, cwd=self._here())

    def _manager(self, found: re.Match[str]) -> None:
        words = [word for word in shlex.split(found[1]) if word != "--no-cache"]
        done = installing.with_manager(words, self._venv(), cwd=self._here(), env=self._variables(), on_line=self.say)
        if not done.ok:
            raise StepFailed(f"process {found[0]!r} did not complete successfully: exit code: {done.returncode}")

    def _manage(self, found: re.Match[str]) -> None:
        made_up = dict(word.split("=", 1) for word in found[1].split())
        words = shlex.split(found[2])
        env = {**self._variables(), **made_up}
        argv = (str(program(self.folder, words[0])), *words[1:])
        done = build.run(argv, cwd=self._here(), env=env, on_line=self.say, check=False)
        if not done.ok:
            raise StepFailed(f"process {found[0]!r} did not complete successfully: exit code: {done.returncode}")

    # -- parts --

    def _here(self) -> Path:
        root = self.folder if self.stage == "code" else self.folder / self.stage
        return place(root, self.workdir)

    def _venv(self) -> Path:
        return self.folder / "venv"

    def _variables(self) -> dict[str, str]:
        env = {name: value for name, value in self.env.items() if not value.startswith("/venv")}
        return {**surroundings(self.folder), **env, "VIRTUAL_ENV": str(self._venv())}

    def _uv(self, *words: str, cwd: Path) -> None:
        env = {**self._variables(), "UV_PROJECT_ENVIRONMENT": str(self._venv())}
        done = build.uv(*words, cwd=cwd, env=env, on_line=self.say, check=False)
        if not done.ok:
            raise StepFailed(f'process "uv {words[0]}" did not complete successfully: exit code: {done.returncode}')


def python_of(file: Path) -> str:
    """The interpreter that plays the one the Dockerfile *file* begins with; this one where there is no such file."""
    steps = dockerfile.instructions(file.read_text(encoding="utf-8")) if file.is_file() else ()
    found = [match for word, rest in steps if word == "FROM" and (match := re.fullmatch(_BASE, rest))]
    return build.interpreter(found[0][1]) if found else sys.executable


def unknown(steps: Sequence[tuple[str, str]]) -> list[str]:
    """The lines that this plugin does not write, which somebody must have edited; or what is missing of them."""
    found = [f"{word} {rest}" for word, rest in steps if not _is_known(word, rest)]
    return found or ([] if any(word == "CMD" for word, _ in steps) else ["no CMD"])


def _is_known(word: str, rest: str) -> bool:
    if word == "RUN":
        return any(re.fullmatch(pattern, rest) for pattern in _COMMANDS)
    if word == "FROM":
        return re.fullmatch(_BASE, rest) is not None
    if word == "CMD":
        return rest.startswith('["gunicorn", "--bind", ') or rest.startswith('["sh", "-c", "chown -R app:app ')
    return word in _INSTRUCTIONS


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
    tools = {name: value for name, value in os.environ.items() if name.startswith(_TOOLS)}
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


_INSTRUCTIONS: Mapping[str, Callable[[Recipe, str], None]] = {
    "FROM": Recipe._from,
    "ENV": Recipe._env,
    "WORKDIR": Recipe._workdir,
    "COPY": Recipe._copy,
    "RUN": Recipe._run,
    "USER": Recipe._user,
    "EXPOSE": Recipe._user,
    "CMD": Recipe._cmd,
}
_COMMANDS: Mapping[str, Callable[[Recipe, re.Match[str]], None]] = {
    r"apt-get update && apt-get install -y --no-install-recommends (.+) && rm .+": Recipe._debian,
    r'pip install --no-cache-dir --root-user-action=ignore "[^"]+"': Recipe._nothing,
    r"python -m venv /venv": Recipe._environment,
    r"pip install --no-cache-dir -r (.+)": Recipe._pip,
    r"uv (sync .+)": Recipe._uv_sync,
    r"(poetry install .+)": Recipe._manager,
    r"PIP_NO_CACHE_DIR=1 (pipenv install .+)": Recipe._manager,
    r"useradd --create-home --uid 1000 app": Recipe._nothing,
    r"install -d -o app -g app .+": Recipe._nothing,
    r"((?:[A-Z_]+=\S+ )+)(python manage\.py collectstatic --noinput)": Recipe._manage,
}
