"""Waiting for what has to happen, however busy the computer is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

#: Seconds; less than a test may take, so that what was waited for is named. It is no limit that anything has to keep.
PATIENCE = 240.0


def waited(condition: Callable[[], Found | None], what: Callable[[], object] | str = "") -> Found:
    """What *condition* returns once that is true. An OSError means that it is not yet: nobody listens, no file is there.

    :param what: what is waited for, or a function that says why it does not happen: what a server has printed, say.
    """
    deadline = time.monotonic() + PATIENCE
    trouble: OSError | None = None
    while time.monotonic() < deadline:
        try:
            found = condition()
        except OSError as error:
            found, trouble = None, error
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain: {what() if callable(what) else what or condition}") from trouble
