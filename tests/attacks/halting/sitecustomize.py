"""Lets the process of a run stand still where its steps begin and end, until it is told to go on; or end at once.

Python imports this by itself when it starts with this folder on PYTHONPATH; :mod:`tests.attacks.halts` is the other end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn


def install(place: Path, at: set[str]) -> None:
    """Stand still after such an event is stored. :param at: numbers of those to stand still at."""
    from simple_deploy.core.events import StepFinished, StepStarted
    from simple_deploy.runs.eventlog import EventWriter
    from tests.attacks import replay

    replay.install()
    record = EventWriter.record
    count = 0

    def halting(self: EventWriter, step: str | None, payload: Any) -> None:
        nonlocal count
        record(self, step, payload)
        if isinstance(payload, (StepStarted, StepFinished)):
            count += 1
            if str(count) in at:
                (place / f"{count}.here").touch()
                while not (place / f"{count}.on").exists():
                    time.sleep(0.005)

    EventWriter.record = halting  # type: ignore[method-assign]


def end_at_once(runs: Path, name: str) -> NoReturn:
    """Say a lot, and that the run *name* has succeeded. A dash waits to be told the name, and ends when nobody tells."""
    name = sys.stdin.readline().strip() if name == "-" else name
    if not name:
        os._exit(0)
    run = runs / name
    print("line\n" * 1000, flush=True)
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    (run / "run.new").write_text(json.dumps({**told, "state": "succeeded"}), encoding="utf-8")
    (run / "run.new").replace(run / "run.json")
    os._exit(0)


if "execute" in sys.orig_argv:
    if folder := os.environ.get("SIMPLE_DEPLOY_TESTS_HALTS"):
        install(Path(folder), {*os.environ["SIMPLE_DEPLOY_TESTS_HALT_AT"].split(",")})
    if "SIMPLE_DEPLOY_TESTS_END" in os.environ:
        end_at_once(Path(".simple_deploy", "runs"), sys.orig_argv[-1])
