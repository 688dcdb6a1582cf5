"""Running what a build consists of, in a simulated platform: programs whose output is passed on, and uv.

uv works without a network once it has downloaded everything: it is asked again, offline, when the network is not there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import uv as uv_package

from simple_deploy.core import causes
from simple_deploy.core.errors import CommandFailed
from simple_deploy.core.ports import Completed
from simple_deploy.core.secret import Secret
from simple_deploy.engine import process
from simple_deploy.rehearsal.world import World, alone

SLOW = 30.0  # seconds a slow build takes longer
_UNREACHABLE = (
    "error sending request",
    "dns error",
    "Connection refused",
    "Could not connect",
    "Network is unreachable",
)


def say(text: str) -> None:
    """A line for whoever called the program."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str | Secret],
    on_line: Callable[[str], None] = say,
    check: bool = True,
    timeout: float = 1800.0,
) -> Completed:
    """Run a program of the build, passing its output on line by line.

    :param env: the whole environment, besides what any process on this computer needs.
    :raises CommandFailed: it failed, unless *check* is false.
    """
    return process.run(argv, cwd=cwd, env=alone(env), on_line=on_line, check=check, timeout=timeout)


def uv(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str | Secret] | None = None,
    on_line: Callable[[str], None] = say,
    check: bool = True,
) -> Completed:
    """Run uv, from what was downloaded before when there is no network.

    :raises CommandFailed: it failed, unless *check* is false.
    """
    argv = (str(uv_package.find_uv_bin()), "--no-progress", *arguments)
    held: list[str] = []
    done = run(argv, cwd=cwd, env=env or {}, on_line=held.append, check=False)
    if not done.ok and _is_unreachable(held):
        held.clear()
        done = run(argv, cwd=cwd, env={**(env or {}), "UV_OFFLINE": "1"}, on_line=held.append, check=False)
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


def linger(world: World) -> None:
    """Take as long as the scenario ``slow-build`` asks for, saying something all the time."""
    if world.scenario != "slow-build":
        return
    for second in range(int(SLOW)):
        say(f"still building … {second + 1} of {SLOW:.0f} s")
        time.sleep(1)


def _is_unreachable(lines: Sequence[str]) -> bool:
    explained = causes.explain(lines)
    return any(words in line for line in lines for words in _UNREACHABLE) or (
        explained is not None and explained.id == "network"
    )
