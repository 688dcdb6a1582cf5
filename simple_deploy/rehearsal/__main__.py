"""``python -m simple_deploy.rehearsal``: the processes a simulated platform needs besides its programs."""

from __future__ import annotations

import sys
from pathlib import Path

from simple_deploy.rehearsal import database, edge, front, keeper, shims


def main(arguments: list[str]) -> int:
    """:returns: the exit code."""
    match arguments:
        case ["edge", folder]:
            edge.serve(Path(folder))
        case ["front", app, upstream, port]:
            front.serve(app, upstream, port)
        case ["play", folder, name, *given]:
            return shims.play(folder, name, given)
        case ["keep", folder, run, pid, started]:
            keeper.keep(Path(folder), run, int(pid), float(started))
        case ["relay", port, server]:
            database.relay(int(port), int(server), None)
        case ["relay", port, server, certificate, key]:
            database.relay(int(port), int(server), (certificate, key))
        case ["as", user, *argv] if argv:
            _become(user, argv)
        case _:
            sys.stderr.write("This is started by rehearsals; see `manage.py deploy --help`.\n")
            return 2
    return 0


def _become(user: str, argv: list[str]) -> None:
    """Be the program *argv*, as *user*; for programs that refuse to run as root."""
    if sys.platform == "win32":
        raise SystemExit("There is no such user here.")
    import os
    import pwd

    found = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(found.pw_gid)
    os.setuid(found.pw_uid)
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
