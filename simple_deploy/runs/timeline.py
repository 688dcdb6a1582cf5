"""What a run's events add up to: steps with their states, the open question, findings, lines of the log. Pure.

The page and the terminal show the same run because both show this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from simple_deploy.core import events as ev
from simple_deploy.core.findings import Finding
from simple_deploy.core.options import Question
from simple_deploy.core.resources import Resource

StepState = Literal["waiting", "running", "done", "skipped", "failed", "cancelled"]
LineKind = Literal["out", "note", "command", "step", "end", "file", "resource", "question", "finding", "finish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step of the run, as far as it has got.

    :param started: seconds since the epoch, or None before it starts.
    :param seconds: how long it took, or None until it ends.
    :param seq: the event it started with, which is also its heading in the log.
    """

    id: str
    title: str
    why: str = ""
    state: StepState = "waiting"
    started: float | None = None
    seconds: float | None = None
    detail: str = ""
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A run up to event *seq*.

    :param question: the one that waits for an answer, asked by event *question_seq*.
    :param before: how many are before the run in the queue for a turn, or None when it does not wait for one.
    :param answers: titles of answered questions, with the answers in words.
    :param resources: what the run created or found and still stands, with whether it was there before.
    :param plan: set when a diff can be shown.
    :param end: how the run ended, or None while it goes on.
    """

    seq: int = 0
    steps: tuple[StepView, ...] = ()
    question: Question | None = None
    question_seq: int = 0
    before: int | None = None
    answers: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    files: tuple[ev.FileChanged, ...] = ()
    resources: tuple[tuple[Resource, bool], ...] = ()
    plan: ev.PlanReady | None = None
    end: ev.RunFinished | None = None

    @property
    def current(self) -> StepView | None:
        """The step that is under way."""
        return next((step for step in self.steps if step.state == "running"), None)

    @property
    def failed(self) -> StepView | None:
        return next((step for step in reversed(self.steps) if step.state == "failed"), None)

    @property
    def finished(self) -> int:
        """How many steps are over and did not fail."""
        return sum(step.state not in {"waiting", "running", "failed", "cancelled"} for step in self.steps)


def fold(events: Iterable[ev.Event], onto: Timeline | None = None) -> Timeline:
    """The timeline after *events*.

    :param onto: the timeline before them; events it holds already are passed over.
    """
    timeline = _Folding(onto or Timeline())
    for event in events:
        timeline.take(event)
    return timeline.done()


def stopped(timeline: Timeline, at: float, state: str) -> Timeline:
    """*timeline* of a run that ended as *state* and could not say so, as one that is killed.

    :param at: when it ended, in seconds since the epoch.
    """
    folding = _Folding(timeline)
    folding.stop(at, state)
    folding.open.clear()
    return folding.done()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a log. *seq* is the event it comes from, and its name.

    :param outcome: of a step or run that ended, else empty.
    :param detail: more about it, such as why a step is taken.
    """

    seq: int
    at: float
    step: str | None
    kind: LineKind
    text: str
    outcome: str = ""
    detail: str = ""


def lines(events: Iterable[ev.Event]) -> tuple[Line, ...]:
    """The log lines of *events*; some events have none."""
    return tuple(line for line in map(_line, events) if line is not None)


def waits(before: int) -> str:
    """What is said of a run that waits for its turn, with so many before it."""
    return f"Waiting: {before} before you" if before else "Waiting: you are next"


def spoken(seconds: float) -> str:
    """A duration as people write it: ``< 0.1 s``, ``0.4 s``, ``12 s``, ``3 min 05 s``, ``1 h 02 min``."""
    if seconds < 0.05:
        return "< 0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@dataclass(slots=True)
class _Folding:
    """A timeline while events are added, so that folding stays linear."""

    base: Timeline
    seq: int = 0
    steps: dict[str, StepView] = field(default_factory=dict)
    open: dict[str, tuple[int, Question]] = field(default_factory=dict)
    before: int | None = None
    answers: list[tuple[str, str]] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    files: dict[str, ev.FileChanged] = field(default_factory=dict)
    resources: dict[tuple[str, str], tuple[Resource, bool]] = field(default_factory=dict)
    plan: ev.PlanReady | None = None
    end: ev.RunFinished | None = None

    def __post_init__(self) -> None:
        self.seq, self.plan, self.end = self.base.seq, self.base.plan, self.base.end
        self.before = self.base.before
        self.steps = {step.id: step for step in self.base.steps}
        self.answers = list(self.base.answers)
        self.findings = {finding.id: finding for finding in self.base.findings}
        self.files = {file.path: file for file in self.base.files}
        self.resources = {(each.kind, each.name): (each, reused) for each, reused in self.base.resources}
        if self.base.question is not None:
            self.open = {self.base.question.id: (self.base.question_seq, self.base.question)}

    def take(self, event: ev.Event) -> None:
        if event.seq <= self.seq:
            return
        self.seq = event.seq
        payload = event.payload
        if isinstance(payload, ev.RunStarted):
            self._know(payload.steps)
        elif isinstance(payload, ev.TurnAwaited):
            self.before = payload.before
        elif isinstance(payload, ev.StepStarted):
            self._start(event, payload)
        elif isinstance(payload, ev.StepFinished):
            self._finish(event, payload)
        elif isinstance(payload, ev.QuestionAsked):
            self.open[payload.question.id] = (event.seq, payload.question)
        elif isinstance(payload, ev.QuestionAnswered):
            _, question = self.open.pop(payload.question_id, (0, None))
            self.answers.append((question.title if question else payload.question_id, payload.answer))
        elif isinstance(payload, ev.FindingRaised):
            self.findings[payload.finding.id] = payload.finding
        elif isinstance(payload, ev.FileChanged):
            self.files[payload.path] = payload
        elif isinstance(payload, ev.ResourceCreated):
            self.resources[payload.resource.kind, payload.resource.name] = (payload.resource, payload.reused)
        elif isinstance(payload, ev.ResourceDestroyed):
            self.resources.pop((payload.resource.kind, payload.resource.name), None)
        elif isinstance(payload, ev.PlanReady):
            self.plan = payload
        elif isinstance(payload, ev.RunFinished):
            self.end = payload
            self.open.clear()
            self.stop(event.at, payload.state)

    def _know(self, heads: tuple[ev.StepHead, ...]) -> None:
        """Take over the announced order; what was seen and is not announced again stays in front."""
        known = {
            head.id: replace(self.steps[head.id], title=head.title, why=head.why)
            if head.id in self.steps
            else StepView(id=head.id, title=head.title, why=head.why)
            for head in heads
        }
        seen = {id: step for id, step in self.steps.items() if id not in known and step.state != "waiting"}
        self.steps = {**seen, **known}

    def _start(self, event: ev.Event, payload: ev.StepStarted) -> None:
        step = self.steps.get(event.step or "") or StepView(id=event.step or "", title=payload.title)
        self.steps[step.id] = replace(
            step,
            title=payload.title,
            why=payload.why or step.why,
            state="running",
            started=event.at,
            seconds=None,
            detail="",
            seq=event.seq,
        )

    def _finish(self, event: ev.Event, payload: ev.StepFinished) -> None:
        step = self.steps.get(event.step or "")
        if step is not None:
            self.steps[step.id] = replace(step, state=payload.outcome, seconds=payload.seconds, detail=payload.detail)

    def stop(self, at: float, state: str) -> None:
        """No step goes on after the run: one whose end was not told shared the run's fate."""
        self.before = None
        outcome: StepState = "cancelled" if state == "cancelled" else "failed"
        for step in [step for step in self.steps.values() if step.state == "running"]:
            self.steps[step.id] = replace(step, state=outcome, seconds=max(at - (step.started or at), 0.0))

    def done(self) -> Timeline:
        asked = max(self.open.values(), key=lambda pair: pair[0]) if self.open else (0, None)
        return Timeline(
            seq=self.seq,
            steps=tuple(self.steps.values()),
            question=asked[1],
            question_seq=asked[0],
            before=self.before,
            answers=tuple(self.answers),
            findings=tuple(self.findings.values()),
            files=tuple(self.files.values()),
            resources=tuple(self.resources.values()),
            plan=self.plan,
            end=self.end,
        )


_CHANGE = {"create": "created", "modify": "changed", "delete": "deleted", "restore": "restored"}
_ENDS = {"done": "Done", "skipped": "Nothing to do", "failed": "Failed", "cancelled": "Cancelled"}
_FINISHES = {"succeeded": "Finished.", "cancelled": "The run was cancelled."}


def _line(event: ev.Event) -> Line | None:
    payload = event.payload
    outcome = detail = ""
    kind: LineKind
    if isinstance(payload, ev.Output):
        kind, text = payload.stream, payload.text
    elif isinstance(payload, ev.TurnAwaited):
        kind, text = "note", "It is this run's turn." if payload.before is None else f"{waits(payload.before)}."
    elif isinstance(payload, ev.StepStarted):
        kind, text, detail = "step", payload.title, payload.why
    elif isinstance(payload, ev.StepFinished):
        kind, outcome = "end", payload.outcome
        text = f"{_ENDS[payload.outcome]} after {spoken(payload.seconds)}" + _and(payload.detail)
    elif isinstance(payload, ev.FileChanged):
        kind, text = "file", f"{payload.path} {_CHANGE[payload.change]}"
    elif isinstance(payload, ev.ResourceCreated):
        kind = "resource"
        text = f"{payload.resource.kind} {payload.resource.name} {'used again' if payload.reused else 'created'}"
    elif isinstance(payload, ev.ResourceDestroyed):
        kind, text = "resource", f"{payload.resource.kind} {payload.resource.name} removed"
    elif isinstance(payload, ev.QuestionAsked):
        kind, text = "question", payload.question.title
    elif isinstance(payload, ev.QuestionAnswered):
        kind, text = "question", f"Answer: {payload.answer}"
    elif isinstance(payload, ev.FindingRaised):
        kind, text, outcome = "finding", payload.finding.title, payload.finding.level.value
    elif isinstance(payload, ev.RunFinished):
        kind, outcome = "finish", payload.state
        text = payload.message or _FINISHES.get(payload.state, f"The run ended: {payload.state}.")
    else:
        return None
    return Line(seq=event.seq, at=event.at, step=event.step, kind=kind, text=text, outcome=outcome, detail=detail)


def _and(detail: str) -> str:
    return f": {detail}" if detail else ""
