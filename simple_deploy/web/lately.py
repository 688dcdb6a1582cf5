"""What is going on and what happened lately, for the start page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simple_deploy.runs.timeline import fold
from simple_deploy.web.runview import RunRow, RunView, rows

if TYPE_CHECKING:
    from simple_deploy.runs.service import Service

SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """:param active: the run that is under way, or None. :param mark: changes whenever there is news."""

    rows: tuple[RunRow, ...]
    active: RunView | None
    mark: str

    @classmethod
    def of(cls, service: Service) -> Lately:
        runs = service.runs(SHOWN)
        active = next((run for run in runs if run.is_active), None)
        view = None
        if active is not None:
            view = RunView(service=service, run=active, timeline=fold(service.event_tail(active.id, 0)[0]))
        return cls(rows=rows(service, runs), active=view, mark=mark(service))


def mark(service: Service) -> str:
    """A word for the state of things; cheap to ask for again and again."""
    runs = service.runs(SHOWN)
    return "-".join(f"{run.id[-6:]}.{run.state.value}" for run in runs) or "nothing"
