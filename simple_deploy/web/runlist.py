"""Runs in lists: the history with its filters, and what happened lately. No HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simple_deploy.runs.looking import only_looked
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.timeline import fold
from simple_deploy.web.runview import KINDS, STATES, RunView, card

if TYPE_CHECKING:
    from simple_deploy.runs.service import Service

KEPT = 2_000  # runs that the history looks through
ON_A_PAGE = 50
RECENT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run in a list.

    :param commit: what it took along or made, shortened; empty for most kinds.
    """

    run: Run
    kind: str
    state: str
    platform: str
    commit: str = ""

    @property
    def seconds(self) -> float | None:
        return self.run.finished - self.run.started if self.run.finished and self.run.started else None


def rows(service: Service, runs: tuple[Run, ...]) -> tuple[RunRow, ...]:
    found = []
    for run in runs:
        known = card(service, run.platform)
        what = run.subject.replace("-", " ").replace("_", " ") if run.kind in {RunKind.FIX, RunKind.OPERATE} else ""
        kind = KINDS[run.kind] + (f": {what}" if what else "")
        found.append(
            RunRow(
                run=run,
                kind=kind,
                state=STATES[run.state],
                platform=known.name if known else run.platform,
                commit=(service.deployed_commit(run) if run.kind is RunKind.DEPLOY else run.commit or "")[:9],
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A page of the history.

    :param kinds: values and names to filter by, and so *states* and *platforms*; *kind*, *state* and *platform* are
        those that were chosen, or empty. :param number: of the page, from 1 on; of *pages*. :param count: of runs.
    """

    rows: tuple[RunRow, ...]
    kind: str
    state: str
    platform: str
    kinds: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    platforms: tuple[tuple[str, str], ...]
    number: int
    pages: int
    count: int

    @classmethod
    def of(cls, service: Service, *, kind: str, state: str, platform: str, page: str) -> HistoryPage:
        runs = [run for run in service.runs(KEPT) if not only_looked(run)]
        fitting = tuple(
            run
            for run in runs
            if kind in {"", run.kind.value} and state in {"", run.state.value} and platform in {"", run.platform}
        )
        pages = max(-(-len(fitting) // ON_A_PAGE), 1)
        number = min(max(int(page), 1), pages) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        slugs = sorted({run.platform for run in runs if run.platform})
        names = {slug: known.name if (known := card(service, slug)) else slug for slug in slugs}
        return cls(
            rows=rows(service, fitting[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]),
            kind=kind,
            state=state,
            platform=platform,
            kinds=tuple((each.value, name) for each, name in KINDS.items()),
            states=tuple((each.value, name) for each, name in STATES.items()),
            platforms=tuple(names.items()),
            number=number,
            pages=pages,
            count=len(fitting),
        )

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentRuns:
    """:param active: the run that is under way, or None. :param mark: changes whenever there is news."""

    rows: tuple[RunRow, ...]
    active: RunView | None
    mark: str

    @classmethod
    def of(cls, service: Service) -> RecentRuns:
        runs = tuple(run for run in service.runs(3 * RECENT) if not only_looked(run))[:RECENT]
        active = next((run for run in runs if run.is_active), None)
        view = None
        if active is not None:
            view = RunView(service=service, run=active, timeline=fold(service.event_tail(active.id, 0)[0]))
        return cls(rows=rows(service, runs), active=view, mark=state_mark(service))


def state_mark(service: Service) -> str:
    """A word for the state of things; cheap to ask for again and again."""
    runs = service.runs(RECENT)
    return "-".join(f"{run.id[-6:]}.{run.state.value}" for run in runs) or "nothing"
