"""``python -m simple_deploy_flyio.simulator``: the program ``fly``, and what a rehearsal needs besides."""

from __future__ import annotations

import sys
from pathlib import Path

from simple_deploy.rehearsal import World
from simple_deploy_flyio.simulator import program, recipe


def main(arguments: list[str]) -> int:
    """:returns: the exit code."""
    if arguments == ["prepare"]:
        python = recipe.python_of(Path.cwd() / "Dockerfile")
        from simple_deploy.rehearsal import preparing  # brings far more than any other call needs

        return preparing.prepare(World.from_environment(), Path.cwd(), python=python, dockerfile="Dockerfile")
    return program.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
