"""How one call of the command ended: the status, the exit code, and the last line with ``--json``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.runs.model import REMOVED, ErrorInfo, Run, RunKind, RunState

Status = Literal["succeeded", "failed", "cancelled", "blocked", "undone", "nothing-to-do"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    :param exit_code: 0 done or nothing to do, 1 failed, 2 wrong usage, 3 blocked and nothing changed, 130 cancelled.
    :param run: the last run of the call, or None.
    :param summary: the file with the run's summary, where there is one.
    """

    status: Status = "succeeded"
    exit_code: int = 0
    run: str | None = None
    platform: str | None = None
    url: str | None = None
    summary: Path | None = None
    error: ErrorInfo | None = None

    @classmethod
    def of_run(cls, run: Run, *, summary: Path | None = None) -> Result:
        code = exit_code(run)
        status = _status(code)
        if code == 0 and run.kind is RunKind.UNDO:
            status = "undone"
        elif code == 0 and run.kind is RunKind.DESTROY and run.results.get(REMOVED) == "0":
            status = "nothing-to-do"
        return cls(
            status=status,
            exit_code=code,
            run=run.id,
            platform=run.platform or None,
            url=run.url,
            summary=summary,
            error=run.error,
        )

    @classmethod
    def of_error(cls, error: SimpleDeployError, *, platform: str | None = None) -> Result:
        return cls(
            status=_status(error.exit_code), exit_code=error.exit_code, platform=platform, error=ErrorInfo.of(error)
        )

    def to_data(self) -> dict[str, Any]:
        """The documented JSON form."""
        error = self.error
        return {
            "type": "result",
            "run": self.run,
            "status": self.status,
            "platform": self.platform,
            "url": self.url,
            "summary": str(self.summary) if self.summary else None,
            "error": _error(error) if error else None,
        }


def _error(error: ErrorInfo) -> dict[str, str | None]:
    """:returns: its *code* stays the same while the words may change."""
    return {"code": error.code, "message": error.message, "hint": error.hint, "docs": error.docs}


def exit_code(run: Run) -> int:
    """The exit code for a run that is over."""
    if run.state in {RunState.SUCCEEDED, RunState.UNDONE}:
        return 0
    if run.state is RunState.CANCELLED:
        return 130
    code = run.error.exit_code if run.error is not None else 1
    return 1 if code == 3 and run.state is not RunState.BLOCKED else code  # 3 says that nothing was changed


def _status(code: int) -> Status:
    known: dict[int, Status] = {0: "succeeded", 3: "blocked", 130: "cancelled"}
    return known.get(code, "failed")
