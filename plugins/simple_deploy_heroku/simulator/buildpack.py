"""Heroku's buildpack for Python, as far as it matters to a Django project: check, install, collect static files.

Source: heroku/heroku-buildpack-python v351 (2026-08-18); the rules themselves are in
:mod:`simple_deploy_heroku.rules`. What differs here: packages go into a virtual environment in place of the app's own
Python, which is one that this computer has.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simple_deploy_heroku import rules

#: Runs a program with exactly these variables, in a folder; returns its exit code, its output having been passed on.
Execute = Callable[[Sequence[str], Path, Mapping[str, str]], int]


class BuildRefused(Exception):
    """The build ended; what it said is the message."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """One build.

    :param tree: the files of the commit, laid out.
    :param environment: where the packages go.
    :param config: the app's config vars, which the buildpack exports to what it runs.
    :param base: variables of this computer that programs need: where they are, where they keep what they fetched.
    :param uv: the uv program.
    :param python: the interpreter to install for.
    :param with_pip: install a requirements file with pip itself, and not with uv, which is faster and can do it from
        what it downloaded before.
    """

    tree: Path
    environment: Path
    config: Mapping[str, str]
    base: Mapping[str, str]
    uv: str
    python: str
    with_pip: bool = True
    execute: Execute
    say: Callable[[str], None]

    def __call__(self) -> None:
        """:raises BuildRefused: saying why, in the buildpack's words where they are known."""
        files = committed(self.tree)
        self.say("-----> Python app detected")
        for refusal in rules.refusals(files):
            details = "".join(f"\n{line}" for line in (refusal.title, refusal.fix))
            raise BuildRefused(f"Error: {_SAYS.get(refusal.id, refusal.title)}{details}")
        manager = rules.MANAGER_FILES[rules.manager_files(files)[0]]
        self._python(files)
        self._install(manager)
        self._collect_static(files)
        if rules.HOOK in files:
            self._hook()

    @property
    def programs(self) -> Path:
        """The folder of the environment's programs."""
        return self.environment / ("Scripts" if sys.platform == "win32" else "bin")

    def variables(self) -> dict[str, str]:
        """What a program of the app sees while it is built; the same later, with DYNO and PORT."""
        path = os.pathsep.join((str(self.programs), self.base.get("PATH", "")))
        own = {"PATH": path, "VIRTUAL_ENV": str(self.environment), "PYTHONUNBUFFERED": "true"}
        return {**self.base, **self.config, **own}

    def _python(self, files: frozenset[str]) -> None:
        """Say which Python would be used, and make the environment with the one there is."""
        wanted, source = wanted_python(self.tree, files)
        if rules.OLD_PYTHON_FILE in files:
            self.say(" !     Warning: The runtime.txt file is deprecated.")
        if wanted.rpartition(".")[0] and ".".join(wanted.split(".")[:2]) not in rules.PYTHONS:
            raise BuildRefused(
                f"Error: The requested Python version isn't supported.\n{source} asks for {wanted}; there are "
                f"{', '.join(rules.PYTHONS)}."
            )
        self.say(f"-----> Using Python {wanted} specified in {source}")
        seed = ("--seed",) if self.with_pip else ()
        argv = (self.uv, "venv", "--quiet", "--clear", *seed, "--python", self.python, str(self.environment))
        self._must(argv, self.base, "The environment could not be made.")

    def _install(self, manager: str) -> None:
        self.say(f"-----> Installing dependencies using '{' '.join(_INSTALL[manager])}'")
        argv, more = _INSTALL[manager], {}
        if manager == "pip" and self.with_pip:
            argv = (str(self.programs / "python"), "-m", *argv)
        elif manager == "pip":
            argv = (self.uv, "pip", "install", "--python", str(self.environment), "-r", "requirements.txt")
        elif manager == "uv":
            argv, more = (
                (self.uv, *argv[1:]),
                {"UV_PROJECT_ENVIRONMENT": str(self.environment), "UV_PYTHON": self.python},
            )
        elif manager == "poetry":
            more = {"POETRY_VIRTUALENVS_CREATE": "false", "POETRY_VIRTUALENVS_USE_POETRY_PYTHON": "false"}
        else:
            more = {"PIPENV_VERBOSITY": "-1", "PIPENV_NOSPIN": "1"}
        self._must(argv, {**self.variables(), **more}, "Unable to install dependencies.")

    def _collect_static(self, files: frozenset[str]) -> None:
        manage = rules.manage_py(files)
        has_django = self.execute((self._interpreter, "-c", "import django"), self.tree, self.variables()) == 0
        if manage is None or not has_django or self.config.get("DISABLE_COLLECTSTATIC"):
            return
        self.say(f"-----> $ python {manage} collectstatic --noinput")
        self._must(
            (self._interpreter, manage, "collectstatic", "--noinput"),
            self.variables(),
            "Unable to generate Django static files.",
        )

    def _hook(self) -> None:
        self.say(f"-----> Running {rules.HOOK} hook")
        text = (self.tree / rules.HOOK).read_text(encoding="utf-8")
        commands = [shlex.split(row) for row in text.splitlines() if row.strip() and not row.startswith(("#", "set "))]
        # What consists of commands of Python's needs no shell, which Windows may lack.
        plain = all(words[:1] == ["python"] for words in commands)
        argvs = [[self._interpreter, *words[1:]] for words in commands] if plain else [["bash", rules.HOOK]]
        for argv in argvs:
            self._must(argv, self.variables(), f"Failed to run the {rules.HOOK} script.")

    @property
    def _interpreter(self) -> str:
        return str(self.programs / "python")

    def _must(self, argv: Sequence[str], env: Mapping[str, str], problem: str) -> None:
        if self.execute(argv, self.tree, env) != 0:
            raise BuildRefused(f"Error: {problem}")


#: What it installs with each manager, and what it leaves out: every group but the main dependencies.
_INSTALL: Mapping[str, tuple[str, ...]] = {
    "pip": ("pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"),
    "pipenv": ("pipenv", "install", "--deploy"),
    "poetry": ("poetry", "sync", "--only", "main", "--no-interaction"),
    "uv": ("uv", "sync", "--locked", "--no-default-groups"),
}
_SAYS: Mapping[str, str] = {"several-managers": "Multiple Python package manager files were found."}


def committed(tree: Path) -> frozenset[str]:
    """The files below *tree*, as git names them."""
    return frozenset(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())


def wanted_python(tree: Path, files: frozenset[str]) -> tuple[str, str]:
    """The version a commit asks for, and where. Pipfile.lock is asked after the two files for it."""
    for name in (rules.OLD_PYTHON_FILE, rules.PYTHON_FILE):
        if name in files:
            lines = (tree / name).read_text(encoding="utf-8").splitlines()
            wanted = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
            if len(wanted) != 1:
                raise BuildRefused(f"Error: Invalid Python version in {name}.")
            return wanted[0].removeprefix("python-"), name
    return rules.DEFAULT_PYTHON, "nothing, so that the default is taken"
