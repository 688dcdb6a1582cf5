"""The plan of a deployment, put together from its parts. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simple_deploy.core.facts import ProjectFacts, Settings
from simple_deploy.core.findings import Finding
from simple_deploy.core.options import Answers, Question
from simple_deploy.core.plan import Hosting, Plan
from simple_deploy.core.resources import Resource
from simple_deploy.core.steps import Step
from simple_deploy.platforms.base import Remote
from simple_deploy.platforms.production import unreachable_settings
from simple_deploy.platforms.steps import Steps


@dataclass(frozen=True, kw_only=True)
class Planning(ABC):
    """All that a plan is made of. A platform's own says what each part of the plan is.

    :param make: makes the steps. :param settings: of the site, in a file that can be edited.
    :param remote: what the probe found.
    """

    make: Steps
    facts: ProjectFacts
    settings: Settings
    remote: Remote
    answers: Answers

    def plan(self) -> Plan:
        """The plan: files first, since a person approves them, then a commit of them, then what is done with it."""
        return Plan(
            platform=self.make.slug,
            steps=(*self.files(), self.make.commit(), *self.calls()),
            creates=tuple(self.creates()),
            findings=tuple(self.findings()),
            notes=tuple(self.notes()),
            questions=tuple(self.questions()),
            hosting=self.hosting(),
        )

    @abstractmethod
    def files(self) -> Iterable[Step]:
        """What changes in the project."""

    @abstractmethod
    def calls(self) -> Iterable[Step]:
        """What is done on the platform, and the visit at its end."""

    @abstractmethod
    def hosting(self) -> Hosting:
        """What the site finds there."""

    def creates(self) -> Iterable[Resource]:
        """What will exist afterwards and does not now."""
        return ()

    def findings(self) -> Iterable[Finding]:
        """What is to be known about this plan."""
        return ()

    def notes(self) -> Iterable[str]:
        """What is to be known about the platform."""
        return ()

    def questions(self) -> Iterable[Question]:
        """What the run is going to ask."""
        return ()


def planned(
    planning: Callable[..., Planning], steps: Steps, facts: ProjectFacts, remote: Remote, answers: Answers
) -> Plan:
    """The plan that *planning* makes; one without steps where there are no settings that can be edited.

    :param planning: the platform's own subclass of :class:`Planning`.
    """
    settings = facts.settings
    if settings is None or settings.file is None:
        return Plan(platform=steps.slug, steps=(), findings=(unreachable_settings(facts, steps.slug),))
    return planning(make=steps, facts=facts, settings=settings, remote=remote, answers=answers).plan()
