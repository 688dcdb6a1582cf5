"""What every user of this computer can see of the programs that run."""

from __future__ import annotations

import threading
import time

import psutil


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
        while not self._stop.is_set():
            for each in psutil.process_iter(["cmdline"]):
                self.seen.add("\0".join(each.info["cmdline"] or ()))
            time.sleep(0.02)
