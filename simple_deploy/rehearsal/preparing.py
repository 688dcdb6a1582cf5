"""Downloading all that rehearsals of a project need, so that they work without a network afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import uv

from simple_deploy.rehearsal import World, build, database, installing, serving


def prepare(world: World, project: Path, *, python: str = sys.executable) -> int:
    """Download packages and a database server; say what is there.

    :param project: its files as they are planned, with the lock that is planned.
    :param python: the interpreter that the simulated platform builds with.
    :returns: the exit code.
    :raises StepError: something cannot be had.
    """
    database.prepare(world, uv.find_uv_bin(), world.place("packages"))
    build.say("A PostgreSQL server is here.")
    serving.variables(world)
    environment = world.place("prepared") / "environment"
    build.uv("venv", "--quiet", "--clear", "--seed", "--python", python, str(environment), cwd=project)
    file = installing.declared(project, environment)
    if (project / "uv.lock").is_file():
        # The addresses in this lock are asked themselves, and not the index.
        env = {"UV_PROJECT_ENVIRONMENT": str(environment), "UV_PYTHON": python}
        build.uv("sync", "--quiet", "--frozen", "--no-default-groups", "--inexact", "--reinstall", cwd=project, env=env)
    build.say(f"The packages that {file} names are here." if file else "No packages are declared.")
    return 0
