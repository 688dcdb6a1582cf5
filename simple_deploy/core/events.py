"""Numbered facts about a run. The page, the terminal, the log and the summary are views of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from simple_deploy.core import codec
from simple_deploy.core.findings import Finding
from simple_deploy.core.options import Question
from simple_deploy.core.resources import Resource

Outcome = Literal["done", "skipped", "failed", "cancelled"]
FileVerb = Literal["create", "modify", "delete", "restore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepHead:
    """What a timeline shows of a step before it starts."""

    id: str
    title: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The run began; *steps* are those it is going to take. Emitted again when a plan makes more steps known."""

    kind: ClassVar[str] = "run-started"
    run_kind: str
    platform: str
    steps: tuple[StepHead, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnAwaited:
    """The run waits while others use a computer that several people share; *before* is how many are before it.

    None: its turn has come.
    """

    kind: ClassVar[str] = "turn-awaited"
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    kind: ClassVar[str] = "step-started"
    title: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One line, without its line end. ``note`` is the tool's own voice, ``command`` a command line it runs."""

    kind: ClassVar[str] = "output"
    text: str
    stream: Literal["out", "note", "command"] = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanged:
    """A file of the project was written or restored."""

    kind: ClassVar[str] = "file-changed"
    path: str
    change: FileVerb


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCreated:
    kind: ClassVar[str] = "resource-created"
    resource: Resource
    reused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDestroyed:
    kind: ClassVar[str] = "resource-destroyed"
    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    kind: ClassVar[str] = "question-asked"
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    """*answer* is in words, secrets as dots."""

    kind: ClassVar[str] = "question-answered"
    question_id: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRaised:
    kind: ClassVar[str] = "finding"
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReady:
    """The diff can be shown. *complete* is False until the check on the workbench has passed too."""

    kind: ClassVar[str] = "plan-ready"
    digest: str
    files: int
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    kind: ClassVar[str] = "step-finished"
    outcome: Outcome
    seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The run ended, in a state that is final. *remains* names what still exists on the platform after a failure."""

    kind: ClassVar[str] = "run-finished"
    state: str
    url: str | None = None
    message: str = ""
    hint: str = ""
    docs: str | None = None
    remains: tuple[Resource, ...] = ()


Payload = (
    RunStarted
    | TurnAwaited
    | StepStarted
    | Output
    | FileChanged
    | ResourceCreated
    | ResourceDestroyed
    | QuestionAsked
    | QuestionAnswered
    | FindingRaised
    | PlanReady
    | StepFinished
    | RunFinished
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact about a run.

    :param seq: 1, 2, 3 … within the run; the cursor of every reader.
    :param at: seconds since the epoch.
    :param step: id of the step it belongs to, or None.
    """

    seq: int
    at: float
    step: str | None
    payload: Payload

    def to_data(self) -> dict[str, Any]:
        """The documented JSON form: ``{"seq", "at", "step", "kind", "data"}``."""
        data = codec.to_data(self.payload)
        kind = data.pop("kind")
        return {"seq": self.seq, "at": round(self.at, 3), "step": self.step, "kind": kind, "data": data}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Event:
        """:raises CodecError: the data are no event."""
        try:
            payload = {"kind": data["kind"], **data["data"]}
            seq, at, step = data["seq"], data["at"], data["step"]
        except (KeyError, TypeError) as error:
            raise codec.CodecError(f"not an event: {data!r:.80}") from error
        seq, step = codec.from_data(int, seq), None if step is None else codec.from_data(str, step)
        return cls(seq=seq, at=codec.from_data(float, at), step=step, payload=codec.from_data(Payload, payload))  # type: ignore[arg-type]
