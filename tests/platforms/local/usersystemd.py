"""A systemd of a user of its own, as a login starts it, which reaches nothing of the systemd that this computer has."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.support.waiting import waited

SYSTEMD = "/usr/lib/systemd/systemd"

# It insists on a computer that was started by systemd and on a control group to keep its services in. Both are in a
# namespace of mounts, and so is the folder for its sockets, whose names must be short.
BOOT = """\
set -e
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/system
mkdir -m 700 "$XDG_RUNTIME_DIR"
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$1"
echo $$ > "/sys/fs/cgroup/$1/cgroup.procs"
exec "$2" --user
"""
GROUP = "simple-deploy-tests"


def is_possible() -> bool:
    """Whether this computer lets these tests make the namespaces that it takes."""
    if not (Path(SYSTEMD).exists() and shutil.which("unshare") and shutil.which("nsenter")):
        return False
    return subprocess.run(["unshare", "--mount", "--cgroup", "true"], capture_output=True).returncode == 0


class UserSystemd:
    """:param home: the home folder of its user."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_"))}
        return {**mine, "HOME": str(self.home), "XDG_RUNTIME_DIR": "/run/systemd/of-the-test"}

    def boot(self) -> None:
        """The user logs in."""
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--cgroup", "sh", "-c", BOOT, "sh", f"{GROUP}-{os.getpid()}", SYSTEMD],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        waited(lambda: self.run("systemctl", "--user", "is-system-running").stdout.strip() in {"running", "degraded"})

    def shut_down(self) -> None:
        """The user's last session ends: every service is told to end."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait()
        for mounted in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")):
            for folder in sorted(mounted.glob(f"{GROUP}-{os.getpid()}/**/"), reverse=True):
                with suppress(OSError):
                    folder.rmdir()

    def run(
        self, *argv: str, cwd: Path = Path("/"), env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as one of the user's session."""
        assert self._process is not None
        inside = ["nsenter", "--mount", f"--target={self._process.pid}", "sh", "-c", 'cd "$0" && exec "$@"', str(cwd)]
        return subprocess.run(
            [*inside, *argv],
            env={**self.environment, **(env or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
        )
