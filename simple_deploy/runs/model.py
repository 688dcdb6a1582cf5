"""A run and the states it can be in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from simple_deploy.core import codec
from simple_deploy.core.errors import SimpleDeployError


class RunKind(str, Enum):
    PLAN = "plan"  # compute and check what a deployment would do
    CONFIGURE = "configure"  # apply an approved plan's files, nothing else
    DEPLOY = "deploy"  # carry out an approved plan
    UNDO = "undo"  # restore what a configure, deploy or fix run changed
    DESTROY = "destroy"  # remove what exists on the platform
    FIX = "fix"  # do what the tool offers about a finding
    OPERATE = "operate"  # start, stop, roll back … the deployed site

    @classmethod
    def _missing_(cls, value: object) -> RunKind | None:
        return cls.FIX if value == "mend" else None  # as earlier versions stored it


class RunState(str, Enum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # for an answer
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BLOCKED = "blocked"  # a finding or a missing answer; nothing was changed
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # its process died
    UNDONE = "undone"  # succeeded, and undone since

    @property
    def is_final(self) -> bool:
        return self not in ACTIVE


ACTIVE = frozenset({RunState.QUEUED, RunState.RUNNING, RunState.WAITING})

#: Ended before it was done, so that one can go on from there.
STOPPED = frozenset({RunState.FAILED, RunState.BLOCKED, RunState.CANCELLED, RunState.INTERRUPTED})

_NEXT: Mapping[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset(
        {RunState.RUNNING, RunState.CANCELLED, RunState.INTERRUPTED, RunState.FAILED, RunState.BLOCKED}
    ),
    RunState.RUNNING: frozenset(set(RunState) - {RunState.QUEUED, RunState.RUNNING, RunState.UNDONE}),
    RunState.WAITING: frozenset(set(RunState) - {RunState.QUEUED, RunState.WAITING, RunState.UNDONE}),
    RunState.SUCCEEDED: frozenset({RunState.UNDONE}),
    RunState.UNDONE: frozenset(),
    RunState.FAILED: frozenset({RunState.UNDONE}),
    RunState.BLOCKED: frozenset(),
    RunState.CANCELLED: frozenset(),
    RunState.INTERRUPTED: frozenset({RunState.UNDONE}),
}


#: Who starts a run that waits for a worker. Others execute theirs themselves.
PAGE = "page"

#: In the results of a destroy run: how many things it removed.
REMOVED = "removed"

#: In the results of an undo run: how many runs stay that changed the same files.
STAYING = "staying"

#: In the results of an undo run that was cut short: it had restored every file.
RESTORED = "restored"


#: In the results of a run: the step that has begun and is not to be done a second time.
BEGUN = "begun"

#: The subject of a plan that was made to deploy what is new.
AGAIN = "again"

#: In the answers of a run that starts a site again: how the site went down, in the platform's word.
WENT_DOWN = "went_down"


def may_become(now: RunState, later: RunState) -> bool:
    return later in _NEXT[now]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """A :class:`SimpleDeployError`, as it is stored."""

    code: str
    message: str
    hint: str = ""
    docs: str | None = None
    exit_code: int = 1

    @classmethod
    def of(cls, error: SimpleDeployError) -> ErrorInfo:
        return cls(code=error.code, message=error.message, hint=error.hint, docs=error.docs, exit_code=error.exit_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution. Times are seconds since the epoch.

    :param subject: what the run is about besides its platform: the run to undo, the fix, the operation.
    :param plan_run: the plan run whose bytes were approved, with *plan_digest*.
    :param retry_of: the failed run this one goes on from.
    :param pid: of the process that executes it, or is about to, with *pid_started* naming it beyond doubt.
    :param commit: what the run committed in the project, or None.
    :param results: what the platform's calls returned.
    :param done_steps: ids of the steps that are finished, in order.
    """

    id: str
    kind: RunKind
    state: RunState = RunState.QUEUED
    platform: str = ""
    target: str = "default"
    subject: str = ""
    created: float = 0.0
    started: float | None = None
    finished: float | None = None
    heartbeat: float | None = None
    pid: int | None = None
    host: str = ""
    pid_started: float | None = None
    answers: Mapping[str, str | bool] = field(default_factory=dict)
    allow_dirty: bool = field(default=False, metadata={codec.EARLIER: "allow_unclean"})
    plan_run: str | None = None
    plan_digest: str | None = None
    retry_of: str | None = None
    commit: str | None = None
    url: str | None = None
    results: Mapping[str, str] = field(default_factory=dict)
    done_steps: tuple[str, ...] = ()
    applied: bool = False
    error: ErrorInfo | None = None
    started_by: str = PAGE

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def changed_nothing(self) -> bool:
        """Whether the project is exactly as it was before."""
        return not self.applied and RESTORED not in self.results

    @property
    def can_be_retried(self) -> bool:
        """Whether going on where it stopped makes nothing a second time."""
        return not self.results.get(BEGUN) or self.results[BEGUN] in self.done_steps

    @property
    def can_be_undone(self) -> bool:
        return self.applied and self.state in {RunState.SUCCEEDED, RunState.FAILED, RunState.INTERRUPTED}
