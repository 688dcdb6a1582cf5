"""A run as data that a player shows: what was said when, the changes with their reasons, and how it ended. No HTML.

The player is ``static/simple_deploy/present.js``; the same data are in an exported file, in presenter mode and on the
pages of those who follow along.
"""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from simple_deploy.core import ansi, codec
from simple_deploy.core import events as ev
from simple_deploy.core.findings import PRESSING, Finding, by_weight
from simple_deploy.core.plan import FileChange, RenderedPlan
from simple_deploy.core.steps import EditBlock
from simple_deploy.inspection.naming import project_name
from simple_deploy.platforms.simulation import SCENARIOS
from simple_deploy.present.discretion import Discretion
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.reading import Reading
from simple_deploy.runs.summary import Summary
from simple_deploy.runs.timeline import Line, lines

#: Lines of output that are kept of one step, from its beginning and from its end; more nobody reads on a wall.
HEAD = 1_500
TAIL = 200

#: Characters of a line, and lines of a file's diff.
LONGEST_LINE = 1_000
LONGEST_DIFF = 4_000

#: The sections of a summary that a class has something of. The others tell about one computer's files and prices.
_SHOWN = ("problem", "changes", "next", "remarks", "managed", "reading")


#: What a run is called, whether or not it has ended.
_WHAT: Mapping[RunKind, str] = {
    RunKind.PLAN: "Plan for {platform}",
    RunKind.CONFIGURE: "Configuration of {project} for {platform}",
    RunKind.DEPLOY: "Deployment of {project} to {platform}",
    RunKind.UNDO: "Undo of changes to {project}",
    RunKind.DESTROY: "Removal of {project} from {platform}",
    RunKind.FIX: "Fix for {project}",
    RunKind.OPERATE: "The site on {platform}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What changes at one moment.

    :param at: seconds since the epoch.
    :param kind: of a :class:`Line`, or ``steps`` where the steps that will be taken become known.
    :param steps: id, title and reason of each of these.
    """

    seq: int
    at: float
    kind: str
    step: str = ""
    text: str = ""
    outcome: str = ""
    detail: str = ""
    steps: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def of_line(cls, line: Line) -> Frame:
        text = _last_written(line.text)
        if len(text) > LONGEST_LINE:
            text = text[:LONGEST_LINE] + " …"
        return cls(
            seq=line.seq,
            at=round(line.at, 3),
            kind=line.kind,
            step=line.step or "",
            text=text,
            outcome=line.outcome,
            detail=ansi.plain(line.detail),
        )

    def to_data(self) -> dict[str, Any]:
        """Without what is empty, since a run has thousands of them."""
        return {name: value for name, value in codec.to_data(self).items() if value not in ("", [], None)}


@dataclass(slots=True)
class Frames:
    """Makes frames of events as they come. Of endless output the beginning and the end are kept."""

    step: str | None = None
    counted: int = 0
    waiting: deque[Frame] = field(default_factory=lambda: deque(maxlen=TAIL))

    def of(self, events: Iterable[ev.Event]) -> list[Frame]:
        """The frames of *events*, which follow those of the last call."""
        return [frame for event in events for frame in self._of(event)]

    def _of(self, event: ev.Event) -> list[Frame]:
        payload = event.payload
        if isinstance(payload, ev.Output) and event.step == self.step:
            self.counted += 1
            if self.counted > HEAD:
                self.waiting += [Frame.of_line(line) for line in lines([event])]
                return []
        else:
            self.step, self.counted = event.step, int(isinstance(payload, ev.Output))
        found, self.waiting = [*self.waiting], deque(maxlen=TAIL)
        if isinstance(payload, ev.RunStarted):
            steps = tuple((head.id, head.title, head.why) for head in payload.steps)
            return [*found, Frame(seq=event.seq, at=round(event.at, 3), kind="steps", steps=steps)]
        return [*found, *(Frame.of_line(line) for line in lines([event]))]


def _last_written(text: str) -> str:
    """A line without colours, as a terminal shows it that it rewrote."""
    parts = [part for part in text.split("\r") if part.strip()]
    return ansi.plain(parts[-1] if parts else text)


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """Records runs of one project.

    :param discreet: takes out what is nobody else's business.
    """

    service: Reading
    discreet: Discretion

    @classmethod
    def of(cls, service: Reading) -> Recorder:
        return cls(service=service, discreet=Discretion.of(service))

    def whole(self, run_id: str) -> dict[str, Any]:
        """Everything there is of a run, up to now. :raises NoSuchRun:"""
        return {**self.about(run_id), "frames": self.frames(Frames(), self.service.events(run_id))}

    def about(self, run_id: str) -> dict[str, Any]:
        """The run without its log. :raises NoSuchRun:"""
        run = self.service.run(run_id)
        plan, summary = self.service.plan_of(run_id), self.service.summary(run_id)
        card = next((each.card for each in self.service.registry.platforms if each.card.slug == run.platform), None)
        platform = card.name if card else run.platform
        what = _WHAT[run.kind].format(
            project=project_name(self.service.location), platform=card.named if card else run.platform
        )
        shown = {
            "run": run.id,
            "title": summary.title if summary else what,
            "what": what,
            "kind": run.kind.value,
            "state": run.state.value,
            "over": not run.is_active,
            "platform": platform,
            "when": time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created)),
            "rehearsal": self._rehearsal(platform),
            "plan": _plan(run, plan),
            "findings": [_finding(each) for each in _findings(run, plan)],
            "result": _result(run, summary),
            "summary": _sections(summary),
        }
        return dict(self.discreet.data(shown))

    def frames(self, frames: Frames, events: Iterable[ev.Event]) -> list[dict[str, Any]]:
        return [dict(self.discreet.data(frame.to_data())) for frame in frames.of(events)]

    def _rehearsal(self, platform: str) -> str:
        stage = self.service.stage
        if stage is None:
            return ""
        difficulty = SCENARIOS.get(stage.scenario, "")
        said = f"A rehearsal: {platform} is played by the computer it ran on."
        return f"{said} It was to meet a difficulty: {difficulty}." if difficulty else said


def _findings(run: Run, plan: RenderedPlan | None) -> list[Finding]:
    found = plan.findings if plan is not None and run.kind is RunKind.PLAN else ()
    return [each for each in by_weight(found) if each.level in PRESSING]


def _finding(finding: Finding) -> dict[str, str]:
    return {"level": finding.level.value, "title": finding.title, "why": finding.why, "fix": finding.fix}


def _plan(run: Run, plan: RenderedPlan | None) -> dict[str, Any] | None:
    if plan is None or run.kind not in {RunKind.PLAN, RunKind.CONFIGURE, RunKind.DEPLOY}:
        return None
    blocks = {step.id: step.block_id for step in plan.plan.steps if isinstance(step, EditBlock)}
    return {
        "files": [_file(change, blocks) for change in plan.changes],
        "steps": [{"title": step.title, "why": step.why, "cost": step.cost} for step in plan.plan.other_steps],
        "creates": [
            {"kind": each.kind, "title": each.name, "cost": each.cost, "holds": each.holds}
            for each in plan.plan.creates
        ],
        "notes": list(plan.plan.notes),
    }


def _file(change: FileChange, blocks: Mapping[str, str]) -> dict[str, Any]:
    """:param blocks: the block that a step writes, by the step's id; a part of the file is shown with its reason."""
    rows = change.diff.split("\n")
    cut = [*rows[:LONGEST_DIFF], "\\ … there is more of it …"] if len(rows) > LONGEST_DIFF else rows
    written = [*(blocks.get(step, "") for step in change.steps), *("" for _ in change.reasons)]
    return {
        "path": change.path,
        "change": change.change,
        "added": change.added,
        "removed": change.removed,
        "reasons": [
            {"title": title, "why": why, "block": block}
            for (title, why), block in zip(change.reasons, written, strict=False)
        ],
        "diff": "\n".join(cut),
    }


def _result(run: Run, summary: Summary | None) -> dict[str, Any] | None:
    if run.is_active:
        return None
    wrong = run.error if run.state not in {RunState.SUCCEEDED, RunState.UNDONE} else None
    return {
        "state": run.state.value,
        "lead": summary.lead if summary else "",
        "url": run.url or "",
        "here": _is_here(run.url or ""),
        "message": wrong.message if wrong else "",
        "hint": wrong.hint if wrong else "",
        "seconds": round(max((run.finished or run.created) - (run.started or run.created), 0.0), 1),
        "unchanged": run.changed_nothing and wrong is not None,
    }


def _is_here(url: str) -> bool:
    """Whether only the computer that the site runs on can open *url*; a room that reads it would try it in vain."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _sections(summary: Summary | None) -> list[dict[str, Any]]:
    if summary is None:
        return []
    return [codec.to_data(section) for section in summary.sections if section.id in _SHOWN and section.rows]
