"""Lets the process of a run stand still where its steps begin and end, until it is told to go on.

Python imports this by itself when it starts with this folder on PYTHONPATH; :mod:`tests.attacks.halts` is the other end.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any


def install(place: Path, only: int) -> None:
    """Stand still after each such event is stored. :param only: number of the one to stand still at; 0 means all."""
    from simple_deploy.core.events import StepFinished, StepStarted
    from simple_deploy.runs.eventlog import EventWriter

    record = EventWriter.record
    count = 0

    def halting(self: EventWriter, step: str | None, payload: Any) -> None:
        nonlocal count
        record(self, step, payload)
        if isinstance(payload, (StepStarted, StepFinished)):
            count += 1
            if only in (0, count):
                (place / f"{count}.here").touch()
                while not (place / f"{count}.on").exists() and not (place / "always.on").exists():
                    time.sleep(0.005)

    EventWriter.record = halting  # type: ignore[method-assign]


if "execute" in sys.orig_argv and (folder := os.environ.get("SIMPLE_DEPLOY_TESTS_HALTS")):
    install(Path(folder), int(os.environ["SIMPLE_DEPLOY_TESTS_HALT_AT"]))
