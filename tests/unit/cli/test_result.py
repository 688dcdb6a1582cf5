"""Exit codes and the last line of JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simple_deploy.cli.jsonlines import JsonLines
from simple_deploy.cli.result import Result
from simple_deploy.cli.stream import Stream
from simple_deploy.core.errors import (
    AnswerError,
    Blocked,
    Cancelled,
    MissingAnswers,
    NoProject,
    NothingToUndo,
    PluginNotFound,
    SimpleDeployError,
    StepError,
    WrongUsage,
)
from simple_deploy.runs.model import ErrorInfo, Run, RunKind, RunState
from tests.unit.cli.streams import Fake


def run(state: RunState, error: SimpleDeployError | None = None, kind: RunKind = RunKind.DEPLOY) -> Run:
    return Run(id="7", kind=kind, state=state, platform="toy", url="http://toy", error=error and ErrorInfo.of(error))


@pytest.mark.parametrize(
    ("ended", "code", "status"),
    [
        (run(RunState.SUCCEEDED), 0, "succeeded"),
        (run(RunState.UNDONE), 0, "succeeded"),
        (run(RunState.SUCCEEDED, kind=RunKind.UNDO), 0, "undone"),
        (run(RunState.FAILED, StepError("No.")), 1, "failed"),
        (run(RunState.FAILED, NothingToUndo("No."), RunKind.UNDO), 1, "failed"),
        (run(RunState.INTERRUPTED), 1, "failed"),
        (run(RunState.BLOCKED, Blocked("No.")), 3, "blocked"),
        (run(RunState.BLOCKED, MissingAnswers(["pin"])), 3, "blocked"),
        (run(RunState.FAILED, MissingAnswers(["pin"])), 1, "failed"),  # something had been done by then
        (run(RunState.CANCELLED, Cancelled()), 130, "cancelled"),
        (run(RunState.CANCELLED), 130, "cancelled"),  # before anybody began
        (run(RunState.FAILED, PluginNotFound("No.")), 2, "failed"),
    ],
    ids=lambda value: f"{value.kind.value} {value.state.value}" if isinstance(value, Run) else str(value),
)
def test_the_exit_code_says_how_a_run_ended(ended: Run, code: int, status: str) -> None:
    result = Result.of_run(ended)
    assert (result.exit_code, result.status, result.run) == (code, status, "7")


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (SimpleDeployError("No."), 1, "failed"),
        (WrongUsage("No."), 2, "failed"),
        (NoProject("No."), 2, "failed"),
        (AnswerError("No."), 3, "blocked"),
        (Cancelled(), 130, "cancelled"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, SimpleDeployError) else str(value),
)
def test_so_does_an_error_before_any_run(error: SimpleDeployError, code: int, status: str) -> None:
    result = Result.of_error(error, platform="toy")
    assert (result.exit_code, result.status, result.platform, result.run) == (code, status, "toy", None)


def test_the_last_line() -> None:
    out = Fake(encoding="ascii")
    error = ErrorInfo(code="SD400", message="“No.”", hint="Yes.", docs="https://example.com/")
    JsonLines(Stream(out)).end(
        Result(status="failed", exit_code=1, run="7", platform="toy", url=None, summary=Path("s.md"), error=error)
    )
    JsonLines(Stream(out)).end(Result())
    failed, fine = map(json.loads, out.getvalue().splitlines())
    assert failed == {
        "type": "result",
        "run": "7",
        "status": "failed",
        "platform": "toy",
        "url": None,
        "summary": "s.md",
        "error": {"code": "SD400", "message": "“No.”", "hint": "Yes.", "docs": "https://example.com/"},
    }
    assert fine == {
        "type": "result",
        "run": None,
        "status": "succeeded",
        "platform": None,
        "url": None,
        "summary": None,
        "error": None,
    }
