"""Writes lines of output into a run as the process of a run does: ``FOLDER COUNT INTERVAL``, seconds between two."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from simple_deploy.core.events import Output
from simple_deploy.core.secret import Redactor, secrets_in_environment
from simple_deploy.engine.context import SystemClock
from simple_deploy.runs.eventlog import EventWriter


def main(folder: Path, count: int, interval: float) -> None:
    writer = EventWriter(folder, clock=SystemClock(), redact=Redactor(secrets_in_environment(os.environ)))
    start = time.monotonic()
    for number in range(count):
        if interval:
            time.sleep(max(0.0, start + number * interval - time.monotonic()))
        writer.record("build", Output(text=f"\x1b[32mInstalling\x1b[0m package {number} of {count}, as usual"))
    writer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
