"""Being a pupil: a process that begins as root gives up its rights, and with them everything that it could reach."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: Processes and threads that one pupil may have, so that nobody can stop the others by starting ever more.
PROCESSES = 500

#: Holds the variables of a program that is begun, as JSON.
GIVEN = "SIMPLE_DEPLOY_PUPIL"


def become(name: str) -> None:
    """Be the account *name* from here on. Linux lets no program of that account look into this process afterwards."""
    if sys.platform == "win32":
        raise SystemExit("There are no such accounts here.")
    import pwd
    import resource

    found = pwd.getpwnam(name)
    resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setgroups([])
    os.setgid(found.pw_gid)
    os.setuid(found.pw_uid)
    os.umask(0o077)


def given(environment: Mapping[str, str]) -> dict[str, str]:
    """The variable that hands *environment* to :func:`run_as`: a command line could be read by everybody."""
    return {GIVEN: json.dumps({**environment})}


def run_as(name: str, argv: Sequence[str]) -> None:
    """Be the program *argv*, as *name* and with the variables that were given, and no others."""
    environment = json.loads(os.environ[GIVEN])
    become(name)
    os.execve(argv[0], [*argv], environment)


def user_of(name: str) -> int | None:
    """The number of an account; None where there is none of that name."""
    if sys.platform == "win32":
        return None
    import pwd

    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def unreachable(program: Path) -> Path | None:
    """The first folder on the way to *program* that other accounts may not enter."""
    ways = [program, program.resolve()]
    folders = (folder for way in ways for folder in reversed(way.parents))
    return next((folder for folder in folders if folder.is_dir() and not folder.stat().st_mode & 0o001), None)
