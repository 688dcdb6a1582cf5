"""Platforms and findings as the pages show them. No HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import PRESSING, Finding, by_weight, deploy_blockers
from simple_deploy.core.resources import Resource
from simple_deploy.inspection import corrections
from simple_deploy.inspection.naming import project_name
from simple_deploy.platforms.base import Card, Operation, SiteState
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.store import Target
from simple_deploy.web import forms
from simple_deploy.web.forms import Field
from simple_deploy.web.request_context import NotFound

if TYPE_CHECKING:
    from simple_deploy.inspection.inspect import Inspection
    from simple_deploy.runs.service import Service

MANAGERS = {
    "requirements": "requirements.txt",
    "pip-tools": "pip-tools",
    "pipenv": "Pipfile",
    "poetry": "Poetry",
    "uv": "uv",
    "pdm": "PDM",
    "hatch": "Hatch",
    "pep621": "pyproject.toml",
    "none": "no dependency file",
}
DATABASES = {"sqlite": "SQLite", "sqlite3": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL", "oracle": "Oracle"}
_OPERATIONS = {
    "status": ("Check how it is doing", "search"),
    "logs": ("Read its logs", "list"),
    "start": ("Start", "play"),
    "stop": ("Stop", "stop"),
    "releases": ("List its releases", "list"),
    "rollback": ("Roll back one release", "undo"),
    "variables": ("List its variables", "list"),
}


@dataclass(frozen=True, kw_only=True)
class PlatformCard:
    """:param url: where the project is deployed to there, or None."""

    card: Card
    url: str | None


def cards(service: Service) -> tuple[PlatformCard, ...]:
    found = []
    for platform in service.registry.platforms:
        target = service.store.target(platform.card.slug)
        found.append(PlatformCard(card=platform.card, url=target.url if target else None))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class InspectionView:
    """What was found out about the project, sorted for reading."""

    found: Inspection

    @property
    def facts(self) -> ProjectFacts:
        return self.found.facts

    @cached_property
    def pressing(self) -> tuple[Finding, ...]:
        """What stands in the way or might."""
        return tuple(each for each in by_weight(self.found.findings) if each.level in PRESSING)

    @cached_property
    def calm(self) -> tuple[Finding, ...]:
        return tuple(each for each in by_weight(self.found.findings) if each not in self.pressing)

    @property
    def blockers(self) -> int:
        return len(deploy_blockers(self.pressing))

    @property
    def warnings(self) -> int:
        return len(self.pressing) - self.blockers

    @cached_property
    def choices(self) -> tuple[Field, ...]:
        """What of it may be put right."""
        return forms.fields(corrections.options(self.facts), {})

    @cached_property
    def chips(self) -> tuple[tuple[str, str], ...]:
        """What the project is made of, in a few words: icon and text."""
        facts, settings = self.facts, self.facts.settings
        found = [("box", f"Django {facts.django}")] if facts.django else []
        found.append(("list", MANAGERS.get(facts.dependencies.manager, facts.dependencies.manager)))
        if settings and settings.default_database:
            engine = settings.default_database.engine.rpartition(".")[2]
            found.append(("file", DATABASES.get(engine, engine)))
        if facts.git:
            found.append(("branch", facts.git.branch or "no branch"))
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class PlatformView:
    """One platform and what this project has there."""

    service: Service
    card: Card
    operations: tuple[Operation, ...]

    @classmethod
    def of(cls, service: Service, slug: str) -> PlatformView:
        """:raises PluginNotFound: :raises PluginBroken:"""
        platform = service.registry.get(slug)
        return cls(service=service, card=platform.card, operations=platform.operations)

    @property
    def project(self) -> str:
        return project_name(self.service.location)

    @cached_property
    def inspection(self) -> InspectionView:
        return InspectionView(found=self.service.inspection(platform=self.card.slug))

    @cached_property
    def is_dirty(self) -> bool:
        """Whether there is uncommitted work, which has to be allowed."""
        return any(finding.id == "git.uncommitted" for finding in self.inspection.pressing)

    @cached_property
    def unsupported(self) -> str:
        """Why this project does not fit the platform, or empty."""
        manager = self.inspection.facts.dependencies.manager
        if manager == "none" or manager in self.card.managers:
            return ""
        return f"{self.card.name} does not work with {MANAGERS.get(manager, manager)} yet."

    @cached_property
    def target(self) -> Target | None:
        return self.service.store.target(self.card.slug)

    @property
    def resources(self) -> tuple[Resource, ...]:
        return self.target.resources if self.target else ()

    @property
    def is_deployed(self) -> bool:
        return bool(self.target and (self.target.url or self.target.resources))

    @cached_property
    def _runs(self) -> tuple[Run, ...]:
        return tuple(run for run in self.service.runs(200) if run.platform == self.card.slug)

    @cached_property
    def last_deploy(self) -> Run | None:
        kinds, states = {RunKind.DEPLOY, RunKind.CONFIGURE}, {RunState.SUCCEEDED, RunState.UNDONE}
        return next((run for run in self._runs if run.kind in kinds and run.state in states), None)

    @cached_property
    def last_look(self) -> Run | None:
        """The newest operation that found out how the site is doing."""
        return next((run for run in self._runs if run.kind is RunKind.OPERATE and not run.is_active), None)

    @cached_property
    def site(self) -> SiteState | None:
        return self.service.site(self.last_look.id) if self.last_look else None

    @property
    def buttons(self) -> tuple[tuple[str, str, str], ...]:
        """Operation, label and icon of each button; what has to be told something is for the command."""
        return tuple((each, *_OPERATIONS[each]) for each in self.operations if each in _OPERATIONS)


def operation(service: Service, slug: str, name: str) -> Operation:
    """*name* as an operation of the page that the platform offers. :raises NotFound: it does not."""
    offered = service.registry.get(slug).operations
    found = next((each for each in offered if each == name and each in _OPERATIONS), None)
    if found is None:
        raise NotFound
    return found
