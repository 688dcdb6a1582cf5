"""Downloading all that rehearsals of a project need, so that they work without a network afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import uv

from simple_deploy.rehearsal import World, build, database, serving

#: What plans add to a project, and what environments hold besides.
_PACKAGES = ("gunicorn", "uvicorn-worker", "django-environ", "whitenoise", "psycopg[binary]", "pip")
_MANAGERS = {"Pipfile.lock": "pipenv", "poetry.lock": "poetry"}


def prepare(world: World, project: Path) -> int:
    """Download packages, managers and a database server; say what is there.

    :returns: the exit code.
    """
    database.prepare(world, str(uv.find_uv_bin()), world.place("packages"))
    build.say("A PostgreSQL server is here.")
    serving.variables(world)
    environment = world.place("prepared") / "environment"
    build.uv("venv", "--clear", "--seed", "--python", sys.executable, str(environment), cwd=project)
    place = ("--python", str(environment))
    build.uv("pip", "install", *place, *_PACKAGES, cwd=project)
    if (project / "requirements.txt").is_file():
        build.uv("pip", "install", *place, "-r", "requirements.txt", cwd=project)
    if (project / "uv.lock").is_file():
        env = {"UV_PROJECT_ENVIRONMENT": str(environment), "UV_PYTHON": sys.executable}
        build.uv("sync", "--frozen", "--no-default-groups", "--inexact", cwd=project, env=env)
    for lock, manager in _MANAGERS.items():
        if (project / lock).is_file():
            build.uv("tool", "run", manager, "--version", cwd=project)
    build.say("The packages are here.")
    return 0
