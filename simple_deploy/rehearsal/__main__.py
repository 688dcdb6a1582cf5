"""``python -m simple_deploy.rehearsal``: the processes a simulated platform needs besides its programs."""

from __future__ import annotations

import sys
from pathlib import Path

from simple_deploy.rehearsal import edge


def main(arguments: list[str]) -> int:
    """:returns: the exit code."""
    match arguments:
        case ["edge", folder]:
            edge.serve(Path(folder))
        case ["edge", folder, certificate, key]:
            edge.serve(Path(folder), certificate=(Path(certificate), Path(key)))
        case _:
            sys.stderr.write("This is started by rehearsals; see `manage.py deploy --help`.\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
