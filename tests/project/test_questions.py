"""What has to be known before a plan is found out by one look at the project, and answers are checked once."""

from __future__ import annotations

import pytest

from simple_deploy.core.options import Answers, Option
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.runs.model import RunKind
from simple_deploy.runs.service import Service


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry for each look at the project."""
    taken: list[bool] = []
    inspect = Inspector.inspect

    def counted(self: Inspector, *arguments: object, **options: bool) -> object:
        taken.append(options["fresh"])
        return inspect(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Inspector, "inspect", counted)
    return taken


def test_one_look_answers_everything_that_is_asked_before_a_plan(service: Service, looks: list[bool]) -> None:
    questions = service.questions("toy")
    assert questions.remembered == {} and questions.before_plan
    questions.refuse_unanswered({}, RunKind.DEPLOY)
    service.create_plan("toy", {"size": "big"}, questions=questions)
    assert looks == [False]


def test_facts_that_are_known_need_no_look(service: Service, looks: list[bool]) -> None:
    service.questions("toy", service.inspection().facts)
    assert looks == [False]


def test_checked_answers_are_not_checked_again(
    service: Service, looks: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    clean = Option.clean

    def counted(self: Option, raw: object) -> object:
        checked.append(self.name)
        return clean(self, raw)

    monkeypatch.setattr(Option, "clean", counted)
    run = service.create_plan("toy", Answers(values={"size": "big"}))
    assert run.answers == {"size": "big"}
    assert not looks and not checked
