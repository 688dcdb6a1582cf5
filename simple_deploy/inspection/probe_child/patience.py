"""How long the project may take: as long as it gets on, up to a limit of what it may work."""

from __future__ import annotations

import faulthandler
import threading
import time

from simple_deploy.system.limits import gets_on


class Patience:
    """Ends the process when its time is up, saying where it hangs, even when the project never comes back to Python.

    :param descriptor: of the file that takes the stack.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._seconds = self._began = self._noted = 0.0
        self._watch: threading.Thread | None = None

    def allow(self, seconds: float) -> None:
        """From now on the process may work for so long, and wait for so long without getting on."""
        self._seconds, self._began, self._noted = seconds, time.process_time(), 0.0
        self._arm(seconds)
        if self._watch is None:
            self._watch = threading.Thread(target=self._extend, daemon=True)
            self._watch.start()

    def _extend(self) -> None:
        while True:
            time.sleep(self._seconds / 100)
            worked = time.process_time() - self._began
            if worked < self._seconds and gets_on(self._seconds, worked - self._noted):
                self._noted = worked
                self._arm(self._seconds - worked)

    def _arm(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(seconds, exit=True, file=self._descriptor)
