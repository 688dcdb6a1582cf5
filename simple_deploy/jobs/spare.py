"""A process that has loaded what a run needs, and waits to be told which one: so the next run begins at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from simple_deploy.core.interfaces import Completed
from simple_deploy.system.process import Waiting

UMASK = 0o077  # of the worker: kombu writes messages with the permissions of its process
LONGEST = 24 * 3600.0  # seconds; a run ends by itself long before


class Spare:
    """The process for the next run. It ends by itself when this process does, since nobody can tell it anything then.

    :param folder: the project's, or one inside it.
    :param env: with the variables that make the process load the same settings of the tool.
    :param umask: what a run does not permit others in the files it makes; this process may be stricter.
    :param first: id of a run that it executes at once.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], *, umask: int, first: str = "") -> None:
        self._folder = folder
        self._env = env
        self._umask = umask
        self._told = first
        self._waiting = self._start()
        if first:
            self._waiting.begin(first)

    def was_told(self, run_id: str) -> bool:
        """Whether the process that is there executes this run already."""
        return run_id == self._told

    def execute(self, run_id: str, *, cancelled: Callable[[], bool]) -> Completed:
        """Have it execute the run, wait for the end of that, and start the one for the next.

        :param cancelled: true ends the process.
        :raises SimpleDeployError: no process could be started, or it was cancelled.
        """
        if not self.was_told(run_id):
            self._waiting = self._waiting if self._waiting.is_there else self._start()
            self._waiting.begin(run_id)
        try:
            return self._waiting.wait(timeout=LONGEST, cancelled=cancelled)
        finally:
            self._told = ""
            self._waiting = self._start()

    def _start(self) -> Waiting:
        command = (sys.executable, "-m", "simple_deploy", "execute", "-")
        return Waiting(command, cwd=self._folder, env=self._env, umask=self._umask)
