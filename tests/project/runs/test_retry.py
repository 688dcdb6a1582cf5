"""Going on where a run stopped: what may be another answer now, and what was approved."""

from __future__ import annotations

import io
import time

import pytest

from simple_deploy.cli.output import open_lines
from simple_deploy.cli.request import Request
from simple_deploy.cli.session import Session
from simple_deploy.cli.terminal import Terminal
from simple_deploy.core.errors import RunError, WrongUsage
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import new_run_id

pytestmark = pytest.mark.slow


def failed(service: Service, kind: RunKind, state: RunState = RunState.FAILED) -> Run:
    run_id = new_run_id(time.time())
    answers = {"app_name": "blog", "size": "small"}
    return service.store.create(Run(id=run_id, kind=kind, state=state, platform="toy", answers=answers))


def told(service: Service) -> str:
    """What `--retry` says where there is nothing to retry."""
    out = io.StringIO()
    terminal = Terminal(open_lines(out, {}, colour=False), quiet=False)
    assert Session(Request(action="retry"), service, terminal, None, {}).carry_out().status == "nothing-to-do"
    return out.getvalue()


def test_why_there_is_nothing_to_retry_is_said_as_it_is(service: Service) -> None:
    assert "There are no runs in this project yet" in told(service)
    failed(service, RunKind.DEPLOY)
    for state in (RunState.SUCCEEDED, RunState.UNDONE):
        last = failed(service, RunKind.DEPLOY, state)
        words = {RunState.SUCCEEDED: "succeeded", RunState.UNDONE: "was undone"}[state]
        assert f"The last run, {last.id}, {words}, so" in told(service) and "--retry RUN" in told(service)
        with pytest.raises(RunError, match="needs no retry"):
            service.create_retry(last.id)
    waiting = failed(service, RunKind.DEPLOY, RunState.QUEUED)
    assert f"Run {waiting.id} is not over yet" in told(service)
    with pytest.raises(RunError, match="is not over yet"):
        service.create_retry(waiting.id)


def test_a_plan_is_made_again_with_what_is_answered_now(service: Service) -> None:
    again = service.create_retry(failed(service, RunKind.PLAN).id, secrets={"size": "big", "api_token": "t"})
    assert again.answers == {"app_name": "blog", "size": "big"}
    assert [*service.store.secrets(again.id)] == ["api_token"]


def test_what_was_approved_stays(service: Service) -> None:
    run = failed(service, RunKind.DEPLOY)
    with pytest.raises(WrongUsage, match="size cannot change now") as refused:
        service.create_retry(run.id, secrets={"size": "big"})
    assert "Omit --retry" in refused.value.hint
    again = service.create_retry(run.id, secrets={"size": "small", "api_token": "t"})
    assert again.answers == run.answers
