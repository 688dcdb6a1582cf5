"""What a plan makes of files that the project has already, decided without a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simple_deploy.core.findings import Finding
from simple_deploy.core.options import Answers, Question
from simple_deploy.core.plan import Plan
from simple_deploy.core.steps import WriteFile
from simple_deploy.engine import additions
from simple_deploy.engine.existing import Owned, others
from simple_deploy.runs.asking import Ahead
from simple_deploy.testing import make_answers
from tests import golden
from tests.field.shop import Shop


@dataclass
class Noting:
    """Takes what is usual, as ``--yes`` does, unless it was answered ahead, and keeps the questions."""

    given: Mapping[str, object]

    def __post_init__(self) -> None:
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Answers:
        self.asked.append(question)
        return Ahead(given=self.given, use_defaults=True, otherwise=None).ask(question)


@dataclass(frozen=True)
class Decided:
    plan: Plan
    asked: tuple[Question, ...]
    others: tuple[Finding, ...]

    @property
    def findings(self) -> dict[str, Finding]:
        return {finding.id: finding for finding in (*self.plan.findings, *self.others)}

    def file(self, path: str) -> WriteFile:
        """The step about the file."""
        return next(step for step in self.plan.steps if isinstance(step, WriteFile) and step.path == path)


def decided(slug: str, shop: Shop, chosen: Mapping[str, object] | None = None, **answers: object) -> Decided:
    """The plan of a first deployment to platform *slug*.

    :param chosen: answers to the questions about files, by the question.
    """
    platform, given = golden.PLATFORMS[slug]
    facts, wanted = shop.facts(), {**given, **answers}
    known = make_answers(platform, facts, **wanted)
    plan = additions.complete(golden.plan(platform, facts, wanted), facts, known)
    asker = Noting(chosen or {})
    owned = Owned(platform=platform, facts=facts, answers=known, asker=asker, written={})
    return Decided(plan=owned.decided(plan), asked=tuple(asker.asked), others=tuple(others(platform, facts)))
