"""Somebody who gives runs their turns, as on a server for a class."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simple_deploy.demo.classroom.server.turns import Giver, Queue, listen
from simple_deploy.system.turns import Turn


@contextmanager
def giving(path: Path, at_once: int) -> Iterator[None]:
    """Somebody who gives turns; each connection is taken for one of another account."""
    listener, numbers = listen(path), iter(range(1000))
    giver = Giver(Queue(at_once), lambda _: next(numbers))
    thread = threading.Thread(target=lambda: asyncio.run(giver.serve(listener, path)))
    thread.start()
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        thread.join(30)
        assert not thread.is_alive()


@contextmanager
def holding(path: Path) -> Iterator[Turn]:
    """A run whose turn it is at once."""
    turn = Turn(path)
    assert turn.take(lambda _: pytest.fail("nobody is before it"), lambda: False) is False
    try:
        yield turn
    finally:
        turn.give_back()
