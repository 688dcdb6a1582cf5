"""Ends what a rehearsal has started when the process that works on the rehearsal is gone.

A run that ends by itself, with an error or because somebody cancelled it, settles that itself. One that is killed
cannot: a keeper waits for its process, and is ended by the run otherwise.
"""

from __future__ import annotations

import time
from pathlib import Path

from simple_deploy.rehearsal.world import VARIABLE, World
from simple_deploy.system import process

POLL = 0.3  # seconds between looks at the process


def keep(folder: Path, run: str, pid: int, started: float) -> None:
    """Wait until the process *pid* that works on *run* is gone, then end what the run has started in this world."""
    while folder.is_dir() and process.is_alive(pid, started):
        time.sleep(POLL)
    if folder.is_dir():
        process.end_leftovers(run)  # first, so that nothing more is started
        World(folder).settle(run, keep=False)
    else:  # somebody has deleted the whole rehearsal, and with it what was known of its processes
        process.end_leftovers(str(folder), VARIABLE)
