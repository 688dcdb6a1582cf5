"""What programs of Windows leave running: their server and services, a site, whatever hangs."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

SET_CHILD_SUBREAPER = 36  # of prctl(2)


@contextmanager
def ended(first: Callable[[], None]) -> Iterator[None]:
    """End with the block what was started in it and lives on; its work then counts as work of this process's children.

    :param first: what ends most of it in its own way.
    """
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        first()
        # Whoever loses its parent becomes our child, so that this comes to an end with the last one.
        while children := psutil.Process().children():
            for child in children:
                child.kill()
                child.wait()
