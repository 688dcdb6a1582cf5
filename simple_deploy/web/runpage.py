"""The first view of a run's page: everything so far, with the end of a log that is too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from simple_deploy.core.events import Output
from simple_deploy.runs.timeline import Line, fold, lines
from simple_deploy.web.present import log_lines
from simple_deploy.web.runview import RunView

if TYPE_CHECKING:
    from simple_deploy.runs.service import Service

SHOWN = 1_000  # lines in the first view, and as many more each time earlier ones are asked for


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """:param first: number of the first line when earlier ones were left out, else 0."""

    view: RunView
    log: SafeString
    first: int
    left_out: int

    @classmethod
    def of(cls, service: Service, run_id: str) -> RunPage:
        """:raises NoSuchRun:"""
        events, left_out = service.event_tail(run_id, SHOWN)
        view = RunView.of(service, run_id, fold(events))
        first = next((event.seq for event in events if isinstance(event.payload, Output)), 0) if left_out else 0
        shown = lines(event for event in events if event.seq >= first)
        return cls(view=view, log=log_lines(shown), first=first, left_out=left_out)


def earlier_lines(service: Service, run_id: str, before: int) -> tuple[tuple[Line, ...], bool]:
    """The lines just before event *before*, and whether there are still earlier ones."""
    after = max(before - 1 - SHOWN, 0)
    events = service.reader(run_id, after).read(SHOWN)
    found = lines(event for event in events if event.seq < before)
    return found, after > 0 and bool(found)
