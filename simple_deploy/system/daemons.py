"""What outlives the process that started it: how it is started, named, found again, and told from what is gone."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.secret import Secret
from simple_deploy.system import process

SILENT = 15.0  # seconds without a sign of life after which a process on another computer counts as gone


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """Names a process beyond doubt: *started* is when process *pid* began, and *host* is where, see :func:`here`."""

    pid: int
    started: float | None
    host: str

    @property
    def computer(self) -> str:
        """Its name, for people."""
        return self.host.partition("/")[0]

    def is_gone(self, silence: float | None) -> bool:
        """Whether it has certainly ended. The system knows that of a process on this computer; one on another
        computer, or in another container, is judged by its signs of life.

        :param silence: seconds since the last of them; None where there was none, which proves nothing.
        """
        if self.host == here():
            return not process.is_alive(self.pid, self.started)
        return silence is not None and silence > SILENT


def here() -> str:
    """Where the id of a process means something: this computer, and on Linux this container on it, which may have the
    computer's name, or another container's, and does not see their processes."""
    host = socket.gethostname()
    with suppress(OSError):
        if sys.platform == "linux":
            return f"{host}/{Path('/proc/self/ns/pid').readlink().name}"
    return host


def named(pid: int) -> ProcessId:
    """The process on this computer that has the id *pid* now."""
    return ProcessId(pid=pid, started=process.started_at(pid) or 0.0, host=here())


def this_process() -> ProcessId:
    return named(os.getpid())


def start(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str | Secret], log: Path) -> ProcessId:
    """Start a program that outlives this process and its terminal; its output is appended to *log*."""
    return named(process.spawn(argv, cwd=cwd, env=env, log=log))
