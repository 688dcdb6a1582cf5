"""What every user of this computer can see of the programs that run."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import psutil

#: So often a process is looked at: it may be its parent's copy at first, before it becomes the program it starts.
LOOKS = 25


class CommandLines:
    """Notes every command line on this computer while it is entered."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> CommandLines:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        looks: dict[int, int] = {}
        while not self._stop.is_set():
            # Numbers of processes that have ended are forgotten: another may get them.
            looks = {pid: looks.get(pid, 0) + 1 for pid in psutil.pids()}
            for pid in (pid for pid, count in looks.items() if count <= LOOKS):
                with suppress(psutil.Error):
                    self.seen.add("\0".join(psutil.Process(pid).cmdline()))
            time.sleep(0.02)
