"""Downloading all that rehearsals of a project need, so that they work without a network afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import uv

from simple_deploy.core.facts import Location
from simple_deploy.inspection import dependencies
from simple_deploy.managers import registry
from simple_deploy.rehearsal import World, build, database, images, serving
from simple_deploy.system import process

_LONG = 1800.0  # seconds an image may take


def prepare(world: World, project: Path, *, python: str = sys.executable, dockerfile: str = "") -> int:
    """Download packages and a database server; say what is there.

    :param project: its files as they are planned, with the lock that is planned.
    :param python: the interpreter that the simulated platform builds with.
    :param dockerfile: what the platform builds from, below *project*; what it begins with is downloaded too.
    :returns: the exit code.
    :raises StepError: something cannot be had.
    """
    database.prepare(world, uv.find_uv_bin(), world.place("packages"))
    build.say("A PostgreSQL server is here.")
    serving.variables(world)
    environment = world.place("prepared") / "environment"
    build.uv("venv", "--quiet", "--clear", "--seed", "--python", python, str(environment), cwd=project)
    file = _install_declared(project, environment)
    if (project / "uv.lock").is_file():
        # The addresses in this lock are asked themselves, and not the index.
        env = {"UV_PROJECT_ENVIRONMENT": str(environment), "UV_PYTHON": python}
        build.uv("sync", "--quiet", "--frozen", "--no-default-groups", "--inexact", "--reinstall", cwd=project, env=env)
    build.say(f"The packages that {file} names are here." if file else "No packages are declared.")
    if dockerfile and (project / dockerfile).is_file():
        _download_bases(world, (project / dockerfile).read_text(encoding="utf-8"))
    return 0


def _install_declared(root: Path, environment: Path) -> str:
    """Install what the project at *root* needs when it is deployed, with uv; returns the file that says so.

    :raises CommandFailed: something cannot be had. :raises SimpleDeployError: its files cannot be read.
    """
    found = dependencies.read(_location(root)).dependencies
    if found.file is None:
        return ""
    text = registry.export(found, root, process.run, uv.find_uv_bin())
    install = ("pip", "install", "--python", str(environment), "-r", "-")
    build.uv(*install, cwd=(root / found.file).parent, stdin=text)
    return found.lock or found.file


def _location(root: Path) -> Location:
    """Where the project is in a folder that holds what is committed and nothing else."""
    found = sorted(
        (each.parent.relative_to(root) for each in root.rglob("manage.py")), key=lambda each: len(each.parts)
    )
    inner = found[0].as_posix() if found else "."
    return Location(root=root, project_dir="" if inner == "." else inner)


def _download_bases(world: World, dockerfile: str) -> None:
    """An engine is no must, so neither is what it needs."""
    images.try_again(world)
    try:
        engine = images.find(world)
        engine.need(world, dockerfile, timeout=_LONG)
    except images.Unavailable as why:
        build.say(f"Images are approximated in rehearsals, since {why.message}.")
    else:
        build.say(f"What images begin with is here, for {engine.name}. The packages in them it downloads as it builds.")
