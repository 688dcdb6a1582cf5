"""``python -m tests.windows.lab``; see the package."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.windows import lab
from tests.windows.lab import machine


def main(arguments: list[str]) -> int:
    """:returns: the exit code."""
    here = machine.the_lab()
    match arguments:
        case ["up"]:
            here.up()
        case ["up", "--user", name]:
            here.up(name)
        case ["run", *argv] if argv:
            return show(here.run(*argv, cwd=Path.cwd()))
        case ["at", folder, *argv] if argv:
            return show(here.run(*argv, cwd=here.here(folder)))
        case ["down"]:
            here.down()
        case ["remove"]:
            here.down()
            shutil.rmtree(here.home)
        case _:
            sys.stderr.write(f"{lab.__doc__}\n")
            return 2
    return 0


def show(done: machine.Done) -> int:
    sys.stdout.buffer.write(done.printed)
    sys.stdout.flush()
    return done.code


if __name__ == "__main__":
    if reason := machine.lacking():
        sys.exit(reason)
    sys.exit(main(sys.argv[1:]))
