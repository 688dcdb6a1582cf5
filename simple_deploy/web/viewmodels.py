"""Platforms and findings as the pages show them. No HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import PRESSING, Finding, by_weight, deploy_blockers
from simple_deploy.core.resources import Resource
from simple_deploy.inspection import corrections
from simple_deploy.inspection.naming import project_name
from simple_deploy.platforms.base import Card, Operation
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.store import Target
from simple_deploy.web import forms
from simple_deploy.web.forms import Field

if TYPE_CHECKING:
    from simple_deploy.inspection.inspect import Inspection
    from simple_deploy.runs.commits import Behind, Commit
    from simple_deploy.runs.deployed import Deployed
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


@dataclass(frozen=True, kw_only=True)
class PlatformCard:
    """
    :param is_deployed: whether a site of the project is there; *is_stopped* whether it is known to be stopped.
    :param is_rehearsed: whether a rehearsal is there.
    :param is_recommended: whether it is the one to begin with.
    """

    card: Card
    is_deployed: bool
    is_stopped: bool
    is_rehearsed: bool
    is_recommended: bool


def cards(service: Service) -> tuple[PlatformCard, ...]:
    deployed = service.deployed_to()
    stopped = {site.platform for site in service.sites() if site.state and site.state.running is False}
    found = []
    for platform in service.registry.usable:
        card = platform.card
        easy = card.status == "stable" and not card.needs_account
        found.append(
            PlatformCard(
                card=card,
                is_deployed=card.slug in deployed,
                is_stopped=card.slug in stopped,
                is_rehearsed=service.stage is None and service.on_stage(card.slug) is not None,
                is_recommended=easy and not deployed,
            )
        )
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class SiteCard:
    """A deployed site, as the overview shows it."""

    service: Service
    site: Deployed
    card: Card
    operations: tuple[Operation, ...]

    @cached_property
    def commit(self) -> Commit | None:
        return self.service.commit(self.site.commit)

    @cached_property
    def behind(self) -> Behind | None:
        return None if self.site.rolled_back else self.service.behind(self.site)

    @property
    def is_stopped(self) -> bool:
        return self.site.state is not None and self.site.state.running is False

    @property
    def has_logs(self) -> bool:
        return "logs" in self.operations

    @property
    def has_releases(self) -> bool:
        return not {"releases", "rollback"}.isdisjoint(self.operations)

    @property
    def can_start(self) -> bool:
        return "start" in self.operations


def sites(service: Service) -> tuple[SiteCard, ...]:
    found = []
    for site in service.sites():
        platform = service.registry.get(site.platform)
        found.append(SiteCard(service=service, site=site, card=platform.card, operations=platform.operations))
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
    words: Mapping[str, str]
    removes: bool

    @classmethod
    def of(cls, service: Service, slug: str) -> PlatformView:
        """:raises PluginNotFound: :raises PluginBroken:"""
        platform = service.registry.get(slug)
        return cls(service=service, card=platform.card, words=platform.words, removes=platform.removes)

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

    @property
    def has_page(self) -> bool:
        """Whether the site there has pages of its own."""
        return self.card.slug in self.service.deployed_to()

    @cached_property
    def _runs(self) -> tuple[Run, ...]:
        return tuple(run for run in self.service.runs(200) if run.platform == self.card.slug)

    @cached_property
    def last_deploy(self) -> Run | None:
        kinds, states = {RunKind.DEPLOY, RunKind.CONFIGURE}, {RunState.SUCCEEDED, RunState.UNDONE}
        return next((run for run in self._runs if run.kind in kinds and run.state in states), None)
