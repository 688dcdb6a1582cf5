"""Programs for the hooks of an app, which work without a network after ``--prepare``.

``pip`` and ``uv`` both are uv; ``poetry`` and ``pipenv`` are themselves, and leave installing to uv where there is no
network.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from simple_deploy.rehearsal import build
from simple_deploy.system import starters

SELF = "simple_deploy.rehearsal"
#: The variable in which a hook finds the environment that its ``pip`` installs to.
ENVIRONMENT = "SIMPLE_DEPLOY_HOOKS_ENVIRONMENT"
PLAYED = ("pip", "uv", "poetry", "pipenv")


def install(folder: Path) -> Path:
    """Put the programs into *folder*; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PLAYED:
        # The app's own variables for Python are not for the program that plays its pip.
        starters.write(folder, name, ("-m", SELF, "play", starters.HERE, name), without=("PYTHONHOME",))
    return folder


def play(folder: str, name: str, given: Sequence[str]) -> int:
    """Be the program *name* of those in *folder*, in the folder of the app; returns the exit code."""
    here, python = Path.cwd(), os.environ[ENVIRONMENT]
    # What is played has to find the program itself.
    path = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if Path(each) != Path(folder))
    env = {**os.environ, "PATH": path}
    if name in {"poetry", "pipenv"}:
        # Both are told by their variables to install there.
        return build.with_manager([name, *given], here / ".venv", cwd=here, env=env, python=python).returncode
    if name == "pip":
        given = ("pip", *given, "--python", python)
    return build.uv(*given, cwd=here, env=env, check=False).returncode
