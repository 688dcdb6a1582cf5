"""``python -m simple_deploy_heroku.simulator``: the program ``heroku``, and what a rehearsal needs besides."""

from __future__ import annotations

import sys
from pathlib import Path

from simple_deploy.rehearsal import World
from simple_deploy_heroku.simulator import dynos, platform_api, program


def main(arguments: list[str]) -> int:
    """:returns: the exit code."""
    if arguments[:1] == ["receive"]:
        return dynos.receive(World.from_environment(), arguments[1], sys.stdin.read().splitlines())
    if arguments[:1] == ["api"]:
        platform_api.serve(World.from_environment(), int(arguments[1]))
    if arguments[:1] == ["restart"]:
        dynos.restart(World.from_environment(), arguments[1])
        return 0
    if arguments == ["prepare"]:
        from simple_deploy.rehearsal import preparing  # brings far more than any other call needs

        return preparing.prepare(World.from_environment(), Path.cwd(), python=dynos.interpreter(Path.cwd()))
    return program.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
