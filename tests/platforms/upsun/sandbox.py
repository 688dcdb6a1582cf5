"""A container as on Upsun: after the build, everything but its mounts and /tmp is read-only, as the kernel sees it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import needs_program

#: Set up in a mount namespace of its own, which is gone with the program: nothing of it is seen outside.
_SEAL = """
set -e
mount --make-rprivate /
mount --bind /tmp /tmp
mount --bind "$STORAGE" "$STORAGE"
mount --bind "$APP" "$APP"
mount -o remount,bind,ro "$APP"
mount -o remount,bind,ro /
exec "$@"
"""


@dataclass
class Sandbox:
    """Runs programs, and keeps what they print.

    :param app: the folder of the app.
    :param storage: where the mounts' files are.
    """

    app: Path
    storage: Path
    said: list[str] = field(default_factory=list)

    def execute(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
        """Run a program while all can be written to, as in the build."""
        done = subprocess.run(
            [*argv], cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.said += done.stdout.decode("utf-8", "replace").splitlines()
        return done.returncode

    def sealed(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
        """Run a program when only the mounts can be written to."""
        return self.execute(self.seal(argv), cwd, env)

    def seal(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The command line that runs *argv* sealed."""
        self.storage.mkdir(parents=True, exist_ok=True)
        names = {"APP": self.app, "STORAGE": self.storage}
        script = "".join(f"{name}={shlex.quote(str(path))}\n" for name, path in names.items()) + _SEAL
        as_root = () if os.getuid() == 0 else ("--map-root-user",)
        return (needs_program("unshare"), "--mount", *as_root, "/bin/sh", "-c", script, "sh", *argv)

    def must(self, step: Callable[[], object]) -> list[str]:
        """Do *step*; returns what it printed. :raises AssertionError: with what was printed."""
        before = len(self.said)
        try:
            code = step()
        except Exception as error:
            raise AssertionError("\n".join([*self.said[before:], f"{error}"])) from error
        assert not code, "\n".join([*self.said[before:], f"exit code {code}"])
        return self.said[before:]
