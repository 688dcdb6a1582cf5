"""Installing packages in a simulated build, with the project's own manager or, without a network, with uv.

Poetry and Pipenv ask an index on each installation. uv installs what a lock names from what it downloaded before, as it
did while the deployment was planned: the same versions in the same environment.
"""

from __future__ import annotations

import itertools
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import uv

from simple_deploy.core.interfaces import Completed
from simple_deploy.core.secret import Secret
from simple_deploy.managers import packageindex
from simple_deploy.rehearsal import build
from simple_deploy.system import process

_INSTALLING = frozenset({"install", "sync"})
_GROUP_OPTIONS = frozenset({"--only", "--with", "--categories"})
_MAIN = frozenset({"main", "packages", "default"})


def with_manager(
    argv: Sequence[str],
    environment: Path,
    *,
    cwd: Path,
    env: Mapping[str, str | Secret],
    python: str = sys.executable,
) -> Completed:
    """Run Poetry or Pipenv in a build: the one on this computer, else one that uv fetches.

    Where no package index can be reached an installation is left to uv, and the output says so.

    :param argv: ``poetry`` or ``pipenv``, and what it is told.
    :param environment: where it installs to.
    :param cwd: the folder of its files.
    :param python: what the environment is made with where it is not there.
    :returns: how it ended; its failure is no error here.
    """
    if (
        argv[1:2]
        and argv[1] in _INSTALLING
        and not packageindex.answers(process.run, uv.find_uv_bin(), folder=cwd, root=cwd)
    ):
        if not environment.is_dir():
            build.uv("venv", "--quiet", "--python", python, str(environment), cwd=cwd, env=env)
        return _from_lock(argv, environment, cwd=cwd, env=env)
    if shutil.which(argv[0], path=str(env.get("PATH", ""))) is None:
        return build.uv("tool", "run", *argv, cwd=cwd, env=env, check=False)
    return build.run(argv, cwd=cwd, env=env, check=False)


def _from_lock(
    argv: Sequence[str],
    environment: Path,
    *,
    cwd: Path,
    env: Mapping[str, str | Secret],
) -> Completed:
    # Only this reads locks, and each call of a simulated program would wait for what does.
    from simple_deploy.core.facts import Location
    from simple_deploy.inspection import dependencies
    from simple_deploy.managers import registry

    manager = argv[0]
    found = dependencies.read(Location(root=cwd), choice=manager).dependencies
    if found.manager != manager or found.lock is None or found.lock_state == "stale":
        build.say(f"No package index can be reached, and there is no lock of {manager} that fits its file.")
        return Completed(argv=tuple(argv), returncode=1, output="")
    build.say(f"   (no package index can be reached: in place of {manager}, uv installs what {found.lock} names)")
    text = registry.export(found, cwd, process.run, uv.find_uv_bin(), groups=groups_in(argv))
    install = ("pip", "install", "--offline", "--python", str(environment), "-r", "-")
    return build.uv(*install, cwd=cwd, env=env, stdin=text, check=False)


def groups_in(argv: Sequence[str]) -> tuple[str, ...]:
    """The groups that an installation is told to bring besides the main dependencies."""
    words = [word for each in argv for word in each.split("=", 1)]
    named = [value for option, value in itertools.pairwise(words) if option in _GROUP_OPTIONS]
    return tuple(group for value in named for group in re.split(r"[ ,]+", value) if group and group not in _MAIN)
