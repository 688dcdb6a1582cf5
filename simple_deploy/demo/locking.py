"""The lock of the sample project, made by the manager's own program."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from simple_deploy.core.errors import CommandFailed, SimpleDeployError, StepError, TimedOut, ToolMissing
from simple_deploy.core.ports import Runner
from simple_deploy.demo.shape import Shape
from simple_deploy.engine.managers import Place
from simple_deploy.engine.managers.locking import LOCKING, scratch_environment

_PIPENV = ("pipenv", "lock")
_POETRY = ("poetry", "lock", "--no-interaction")
_PIPENV_SETTINGS = {"PIPENV_VERBOSITY": "-1", "PIPENV_NOSPIN": "1", "PIPENV_ACTIVE": "", "PIPENV_PIPFILE": ""}

#: Poetry wants more of a package index than uv and pip do. With this it also works with the plain pages of one.
_PLAIN_INDEX = "poetry-plugin-pypi-mirror"


def lock(folder: Path, shape: Shape, *, run: Runner, uv: str) -> None:
    """Make the lock that *shape* has beside its manifest in *folder*; nothing where it has none.

    A manager that is not installed, or does not work, is fetched by uv for this one time.

    :raises StepError: the manager could not be had, or refused.
    """
    place = Place(root=folder, run=run, uv=uv, python=sys.executable)
    try:
        if shape.lock == "uv.lock":
            _uv_lock(place, folder)
        elif shape.lock == "Pipfile.lock":
            _pipenv_lock(place)
        elif shape.lock == "poetry.lock":
            _poetry_lock(place)
    except (CommandFailed, TimedOut) as error:
        raise _failed(shape, error) from error


def _uv_lock(place: Place, folder: Path) -> None:
    argv = (place.uv, "lock", "--quiet", f"--python={place.python}")
    place.run(argv, cwd=folder, env={"VIRTUAL_ENV": ""}, timeout=LOCKING)


def _pipenv_lock(place: Place) -> None:
    with scratch_environment(place) as environment:
        _try(place, _PIPENV, _fetched(place, _PIPENV), {**_PIPENV_SETTINGS, **environment})


def _poetry_lock(place: Place) -> None:
    with scratch_environment(place) as environment:
        fetched = _fetched(place, _POETRY, _PLAIN_INDEX)
        _try(place, _POETRY, fetched, {"POETRY_PYPI_MIRROR_URL": _index(place), **environment})


def _try(place: Place, argv: tuple[str, ...], fetched: tuple[str, ...], env: Mapping[str, str]) -> None:
    """Run *argv*; when that is not installed or does not work, *fetched*."""
    try:
        place.run(argv, cwd=place.root, env=env, timeout=LOCKING)
    except (ToolMissing, CommandFailed):
        place.run(fetched, cwd=place.root, env=env, timeout=LOCKING)


def _fetched(place: Place, argv: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """*argv* with a program that comes into uv's cache, not onto PATH."""
    return (place.uv, "tool", "run", "--python", place.python, *(f"--with={each}" for each in more), *argv)


def _index(place: Place) -> str:
    """The address of the package index that uv takes packages from, out of a lock it makes."""
    with tempfile.TemporaryDirectory(prefix="simple-deploy-", ignore_cleanup_errors=True) as folder:
        project = '[project]\nname = "index"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["sqlparse"]\n'
        (Path(folder) / "pyproject.toml").write_text(project, encoding="utf-8")
        _uv_lock(place, Path(folder))
        found = re.search(r'registry = "([^"]+)"', (Path(folder) / "uv.lock").read_text(encoding="utf-8"))
    return found[1].rstrip("/") + "/" if found else ""


def _failed(shape: Shape, error: SimpleDeployError) -> StepError:
    program = shape.manager.partition("-")[0]
    tail = error.tail[-4:] if isinstance(error, CommandFailed) else ()
    said = " ".join(line.strip() for line in tail if line.strip()) or error.message
    return StepError(
        f"{program} could not make {shape.lock} for the sample project: {said}",
        hint=f"Check the network, or install {program} yourself and try again; "
        "or take another manager: --manager requirements needs none.",
    )
