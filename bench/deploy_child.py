"""``manage.py deploy`` with a stop-watch on the programs it starts: ``REPORT ARGUMENT ...``, in the project's folder.

Writes to REPORT the seconds in which at least one of them ran or the deployed site, which is one of them too, was
waited for; and the processor time of this process itself.
"""

from __future__ import annotations

import atexit
import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

spans: list[tuple[float, float]] = []


class Watched(subprocess.Popen):  # type: ignore[type-arg]
    """Notes when it begins and when it really ends, which is before anybody hears of it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        threading.Thread(target=_watch, args=(self.pid, time.monotonic()), daemon=True).start()


def _watch(pid: int, began: float) -> None:
    with contextlib.suppress(ChildProcessError):  # somebody waited for it already
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    spans.append((began, time.monotonic()))


def _waited_for(ask: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        began = time.monotonic()
        try:
            return ask(*arguments, **options)
        finally:
            spans.append((began, time.monotonic()))

    return timed


def together(spans: list[tuple[float, float]]) -> float:
    """Seconds in which at least one of *spans* lies."""
    total, reached = 0.0, float("-inf")
    for began, ended in sorted(spans):
        total += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return total


def main(report: Path, arguments: list[str]) -> None:
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = ["manage.py", *arguments]
    os.environ["DJANGO_SETTINGS_MODULE"] = "blog.settings"
    atexit.register(lambda: report.write_text(json.dumps({"children": together(spans), "cpu": time.process_time()})))
    subprocess.Popen = Watched  # type: ignore[misc]
    http.client.HTTPConnection.getresponse = _waited_for(http.client.HTTPConnection.getresponse)  # type: ignore[method-assign]
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
