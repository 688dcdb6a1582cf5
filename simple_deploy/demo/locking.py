"""The manager of the sample project, and the lock that its own program makes."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simple_deploy.core.errors import CommandFailed, SimpleDeployError, StepError, TimedOut
from simple_deploy.core.interfaces import Runner
from simple_deploy.demo.claim import Program
from simple_deploy.demo.shape import Shape
from simple_deploy.managers.base import Place
from simple_deploy.managers.locking import LOCKING, scratch_environment

_PROGRAMS: Mapping[str, str] = {"pipenv": "pipenv", "poetry": "poetry", "poetry-tool": "poetry"}
_PIPENV_SETTINGS = {"PIPENV_VERBOSITY": "-1", "PIPENV_NOSPIN": "1", "PIPENV_ACTIVE": "", "PIPENV_PIPFILE": ""}

#: Poetry wants more of a package index than uv and pip do. With this it also works with the plain pages of one.
_PLAIN_INDEX = "poetry-plugin-pypi-mirror"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locksmith:
    """Makes locks with the manager's own program.

    :param tools: a folder for a manager that is not installed on this computer.
    """

    run: Runner
    uv: str
    tools: Path
    python: str = field(default=sys.executable)

    def program(self, shape: Shape) -> Program:
        """Where the manager of *shape* is; one that is not on PATH is brought into :attr:`tools` by uv.

        :raises StepError: it cannot be had.
        """
        name = _PROGRAMS.get(shape.manager)
        if name is None or shutil.which(name):
            return Program()
        poetry = name == "poetry"
        folder = self.tools / name
        variables = {"UV_TOOL_DIR": str(folder / "environments"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
        install = (self.uv, "tool", "install", "--quiet", "--force", f"--python={self.python}", name)
        try:
            self.run((*install, *(("--with", _PLAIN_INDEX) if poetry else ())), env=variables, timeout=LOCKING)
            index = {"POETRY_PYPI_MIRROR_URL": self._index()} if poetry else {}
        except (CommandFailed, TimedOut) as error:
            raise _failed(f"{name} is not installed, and uv could not fetch it", name, error) from error
        return Program(folder=str(folder / "bin"), variables=index)

    def lock(self, folder: Path, shape: Shape, program: Program) -> None:
        """Make the lock that *shape* has beside its manifest in *folder*; nothing where it has none.

        :raises StepError: the manager refused.
        """
        place = Place(root=folder, run=self.run, uv=self.uv, python=self.python)
        try:
            if shape.lock == "uv.lock":
                self._uv_lock(folder)
            elif shape.lock is not None:
                argv = ("pipenv", "lock") if shape.manager == "pipenv" else ("poetry", "lock", "--no-interaction")
                with scratch_environment(place) as environment:
                    env = {**_PIPENV_SETTINGS, **program.environment(), **environment}
                    self.run(argv, cwd=folder, env=env, timeout=LOCKING)
        except (CommandFailed, TimedOut) as error:
            name = _PROGRAMS.get(shape.manager, "uv")
            raise _failed(f"{name} could not make {shape.lock} for the sample project", name, error) from error

    def _uv_lock(self, folder: Path) -> None:
        argv = (self.uv, "lock", "--quiet", f"--python={self.python}")
        self.run(argv, cwd=folder, env={"VIRTUAL_ENV": ""}, timeout=LOCKING)

    def _index(self) -> str:
        """The address of the package index that uv takes packages from, out of a lock it makes."""
        with tempfile.TemporaryDirectory(prefix="simple-deploy-", ignore_cleanup_errors=True) as folder:
            text = '[project]\nname = "index"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["sqlparse"]\n'
            (Path(folder) / "pyproject.toml").write_text(text, encoding="utf-8")
            self._uv_lock(Path(folder))
            found = re.search(r'registry = "([^"]+)"', (Path(folder) / "uv.lock").read_text(encoding="utf-8"))
        return found[1].rstrip("/") + "/" if found else ""


def _failed(what: str, program: str, error: SimpleDeployError) -> StepError:
    tail = error.tail[-4:] if isinstance(error, CommandFailed) else ()
    said = " ".join(line.strip() for line in tail if line.strip()) or error.message
    return StepError(
        f"{what}: {said}",
        hint=f"Check the network, or install {program} yourself and try again; "
        "or take another manager: --manager requirements needs none.",
    )
