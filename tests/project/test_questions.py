"""What has to be known before a plan: found out once for the several questions of one moment."""

from __future__ import annotations

import pytest

from simple_deploy.engine.context import SystemClock
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.runs import service as module
from simple_deploy.runs.model import RunKind
from simple_deploy.runs.service import Service


class Clock(SystemClock):
    """The real time, which can be put forward."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


def test_the_project_is_looked_at_once_for_all_questions_of_a_moment(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    inspect = Inspector.inspect

    def counted(self: Inspector, *arguments: object, **options: bool) -> object:
        looks.append(options["fresh"])
        return inspect(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Inspector, "inspect", counted)
    clock = Clock()
    fresh = Service(service.location, clock=clock)
    fresh.options("toy")
    fresh.remembered_answers("toy")
    fresh.refuse_unanswered("toy", {}, RunKind.DEPLOY)
    fresh.create_plan("toy", {})
    assert len(looks) == 1

    clock.ahead += module.RECENT
    fresh.options("toy")
    assert len(looks) == 2

    fresh.inspection()  # who wants to see the findings gets them as they are now
    assert len(looks) == 3
