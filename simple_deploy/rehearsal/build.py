"""Running what a build consists of, in a simulated platform: programs whose output is passed on, uv, and managers.

uv works without a network once it has downloaded everything: it is asked again, offline, when the network is not there.
Poetry and Pipenv ask an index on each installation. Without one, uv installs what their lock names from what it
downloaded before, as it did while the deployment was planned: the same versions in the same environment.
"""

from __future__ import annotations

import itertools
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import uv as uv_package

from simple_deploy.core.errors import CommandFailed
from simple_deploy.core.interfaces import Completed
from simple_deploy.core.secret import Secret
from simple_deploy.managers import packageindex
from simple_deploy.rehearsal.world import World, alone
from simple_deploy.system import files, process

SLOW = 30.0  # seconds a slow build takes longer
_INSTALLING = frozenset({"install", "sync"})
_GROUP_OPTIONS = frozenset({"--only", "--with", "--categories"})
_MAIN = frozenset({"main", "packages", "default"})


def say(text: str) -> None:
    """A line for whoever called the program."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def remove(folder: Path) -> None:
    """Remove *folder*, if it is there; links in it go, and what they lead to stays."""
    files.remove_tree(folder)


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str | Secret],
    stdin: str | None = None,
    on_line: Callable[[str], None] = say,
    check: bool = True,
    timeout: float = 1800.0,
) -> Completed:
    """Run a program of the build, passing its output on line by line.

    :param env: the whole environment, besides what any process on this computer needs.
    :param stdin: what it finds on standard input; None for nothing.
    :raises CommandFailed: it failed, unless *check* is false.
    """
    return process.run(argv, cwd=cwd, env=alone(env), stdin=stdin, on_line=on_line, check=check, timeout=timeout)


def uv(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str | Secret] | None = None,
    stdin: str | None = None,
    on_line: Callable[[str], None] = say,
    check: bool = True,
) -> Completed:
    """Run uv, from what was downloaded before when there is no network.

    What it downloads is kept where this person's uv keeps it, wherever the home folder of the build is.

    :raises CommandFailed: it failed, unless *check* is false.
    """
    argv = (str(uv_package.find_uv_bin()), "--no-progress", *arguments)
    held: list[str] = []
    # Without a network there is an answer in a second, where uv by itself tries for ten.
    env = {"UV_CACHE_DIR": cache(), "UV_HTTP_RETRIES": "1", **(env or {})}
    done = run(argv, cwd=cwd, env=env, stdin=stdin, on_line=held.append, check=False)
    if not done.ok and packageindex.is_unreachable(held):
        held.clear()
        done = run(argv, cwd=cwd, env={**env, "UV_OFFLINE": "1"}, stdin=stdin, on_line=held.append, check=False)
    for line in held:
        on_line(line)
    if check and not done.ok:
        raise CommandFailed(
            f"uv {arguments[0]} ended with exit code {done.returncode}.",
            argv=done.argv,
            returncode=done.returncode,
            tail=done.tail(),
            hint=" / ".join(done.tail(3)),
        )
    return done


def program(
    argv: Sequence[str],
    cwd: Path,
    env: Mapping[str, str | Secret],
    *,
    environment: Path,
) -> int:
    """Run any program of a build so that it works without a network after ``--prepare``.

    uv, wherever it is, runs by :func:`uv`, Poetry and Pipenv by :func:`with_manager`.

    :param environment: where Poetry and Pipenv install to.
    :returns: its exit code.
    """
    if argv[0] in {"uv", str(uv_package.find_uv_bin())}:
        return uv(*argv[1:], cwd=cwd, env=env, check=False).returncode
    if argv[0] in {"poetry", "pipenv"}:
        return with_manager(argv, environment, cwd=cwd, env=env).returncode
    return run(argv, cwd=cwd, env=env, check=False).returncode


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
        and not packageindex.answers(process.run, uv_package.find_uv_bin(), folder=cwd, root=cwd)
    ):
        if not environment.is_dir():
            uv("venv", "--quiet", "--python", python, str(environment), cwd=cwd, env=env)
        return _from_lock(argv, environment, cwd=cwd, env=env)
    if shutil.which(argv[0], path=str(env.get("PATH", ""))) is None:
        return uv("tool", "run", *argv, cwd=cwd, env=env, check=False)
    return run(argv, cwd=cwd, env=env, check=False)


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
        say(f"No package index can be reached, and there is no lock of {manager} that fits its file.")
        return Completed(argv=tuple(argv), returncode=1, output="")
    say(f"   (no package index can be reached: in place of {manager}, uv installs what {found.lock} names)")
    text = registry.export(found, cwd, process.run, uv_package.find_uv_bin(), groups=groups_in(argv))
    install = ("pip", "install", "--offline", "--python", str(environment), "-r", "-")
    return uv(*install, cwd=cwd, env=env, stdin=text, check=False)


def groups_in(argv: Sequence[str]) -> tuple[str, ...]:
    """The groups that an installation is told to bring besides the main dependencies."""
    words = [word for each in argv for word in each.split("=", 1)]
    named = [value for option, value in itertools.pairwise(words) if option in _GROUP_OPTIONS]
    return tuple(group for value in named for group in re.split(r"[ ,]+", value) if group and group not in _MAIN)


def interpreter(wanted: str) -> str:
    """A Python of the version *wanted*, such as ``3.13`` or ``3.13.2``; the one this runs in where there is none."""
    minor = ".".join(wanted.split(".")[:2])
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    own = getattr(sys, "_base_executable", "") or sys.executable
    if minor == here:
        return own
    argv = (str(uv_package.find_uv_bin()), "--color", "never", "python", "find", "--offline", "--no-project", minor)
    found = run(argv, cwd=Path(tempfile.gettempdir()), env={}, on_line=lambda line: None, check=False)
    if found.ok and found.output.strip():
        return found.output.strip().splitlines()[-1]
    say(f"   (in this rehearsal Python {here} is used: {minor} is not on this computer)")
    return own


def cache() -> str:
    """The folder in which this person's uv keeps what it downloaded."""
    argv = (str(uv_package.find_uv_bin()), "--color", "never", "cache", "dir")
    return process.run(argv, cwd=Path(tempfile.gettempdir()), timeout=60).output.strip().splitlines()[-1]


def linger(world: World) -> None:
    """Take as long as the scenario ``slow-build`` asks for, saying something all the time."""
    if world.scenario != "slow-build":
        return
    for second in range(int(SLOW)):
        say(f"still building … {second + 1} of {SLOW:.0f} s")
        time.sleep(1)
