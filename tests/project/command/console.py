"""A program at a terminal of its own, and somebody who types there. POSIX only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.waiting import PATIENCE

_BECOME_CONTROLLED = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]|\r")


class Console:
    """*python* with *arguments* on a pseudo terminal that is its controlling one, so that Ctrl-C works."""

    def __init__(
        self, cwd: Path, env: Mapping[str, str], *arguments: str, width: int = 100, python: str = sys.executable
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        self._process = subprocess.Popen(
            [python, "-c", _BECOME_CONTROLLED, python, *arguments],
            cwd=cwd,
            env=dict(env),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.raw = ""
        self._seen = 0

    @property
    def screen(self) -> str:
        """Everything that was written, without colours and cursor moves."""
        return re.sub(r"\x1b\[[0-9;]*m", "", _MOVES.sub("", self.raw))

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_for(self, text: str) -> None:
        """Wait until *text* is written, after what was waited for before."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.screen[self._seen :]:
            if not self._read() or time.monotonic() > deadline:
                raise AssertionError(f"“{text}” did not come. There is:\n{self.screen}")
        self._seen = self.screen.index(text, self._seen) + len(text)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode("utf-8"))

    def answer(self, question: str, text: str) -> None:
        """Wait for *question*, then type *text* and Enter."""
        self.wait_for(question)
        self.type(text + "\n")

    def end(self) -> int:
        """Wait for the program's end; returns its exit code."""
        while self._read():
            pass
        return self._process.wait()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)

    def _read(self) -> bool:
        """Whether more may come."""
        if not select.select([self._master], [], [], 0.05)[0]:
            return True
        with contextlib.suppress(OSError):  # EIO: the other side is closed
            some = os.read(self._master, 65_536)
            self.raw += some.decode("utf-8", "replace")
            return bool(some)
        return False
