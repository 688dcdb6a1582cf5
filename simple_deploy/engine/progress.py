"""Stamps each event with the step it belongs to, and times the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simple_deploy.core.errors import Cancelled
from simple_deploy.core.events import Payload, StepFinished, StepHead, StepStarted
from simple_deploy.core.interfaces import Clock


class Progress:
    """The running step of one run.

    :param record: stores an event, given the id of its step.
    """

    def __init__(self, record: Callable[[str | None, Payload], None], clock: Clock) -> None:
        self._record = record
        self._clock = clock
        self._step: str | None = None

    def emit(self, payload: Payload) -> None:
        self._record(self._step, payload)

    @contextmanager
    def step(self, head: StepHead) -> Iterator[None]:
        """Run a step: events inside belong to it; its end, its duration and its failure are recorded."""
        self._step = head.id
        began = self._clock.monotonic()
        self.emit(StepStarted(title=head.title, why=head.why))
        try:
            yield
        except Cancelled:
            self.emit(StepFinished(outcome="cancelled", seconds=self._clock.monotonic() - began))
            raise
        except BaseException as error:
            detail = str(error).splitlines()[0] if str(error) else type(error).__name__
            self.emit(StepFinished(outcome="failed", seconds=self._clock.monotonic() - began, detail=detail))
            raise
        else:
            self.emit(StepFinished(outcome="done", seconds=self._clock.monotonic() - began))
        finally:
            self._step = None

    def skip(self, head: StepHead, detail: str) -> None:
        """Record that a step is not needed, and why."""
        self._record(head.id, StepFinished(outcome="skipped", seconds=0.0, detail=detail))
