"""Going on where a run stopped: what may be another answer now, and what was approved."""

from __future__ import annotations

import time

import pytest

from simple_deploy.core.errors import WrongUsage
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import new_run_id

pytestmark = pytest.mark.slow


def failed(service: Service, kind: RunKind) -> Run:
    run_id = new_run_id(time.time())
    answers = {"app_name": "blog", "size": "small"}
    return service.store.create(Run(id=run_id, kind=kind, state=RunState.FAILED, platform="toy", answers=answers))


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
