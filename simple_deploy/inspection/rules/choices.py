"""Findings about what was guessed and what the person chose instead."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.managers.base import TITLES

_AGAIN = "Choose something else on the page, or forget the choice with: python manage.py deploy --check "


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    yield from _script(facts)
    yield from _project(facts)
    yield from _settings(facts)
    yield from _manager(facts)


def _script(facts: ProjectFacts) -> Iterator[Finding]:
    script = facts.location.script
    if script == "manage.py":
        return
    yield Finding(
        id="project.no-manage-py",
        level=Level.INFO,
        title=f"Management commands are run by {script} here; the plan adds a manage.py."
        if script
        else "The project has no manage.py; the plan adds one.",
        why="Platforms look for a file of that name. "
        + (f"It hands over to {script}, which stays as it is. " if script else "")
        + f"Until then, {script or 'django-admin'} does what this tool says manage.py does.",
    )


def _project(facts: ProjectFacts) -> Iterator[Finding]:
    location = facts.location
    here, chosen, guess = location.project_dir or ".", location.corrections.project_dir, location.guess.project_dir
    others = tuple(folder for folder in facts.projects if folder != here)
    if chosen is not None and chosen != here:
        yield Finding(
            id="project.choice-gone",
            level=Level.WARNING,
            title=f"You chose the project in {chosen}, but that folder no longer has a manage.py.",
            why=f"The tool looks at the project in {_named(here)} instead, which may not be the one you want.",
            fix=f"{_AGAIN}--project-dir auto",
        )
    elif chosen is not None:
        differs = guess is not None and guess != here
        yield Finding(
            id="project.chosen",
            level=Level.WARNING if differs else Level.INFO,
            title=f"The project in {_named(here)} is deployed: you chose it."
            + (f" This was started in {_named(guess or here)}." if differs else ""),
            fix=f"{_AGAIN}--project-dir auto",
        )
    elif others:
        yield Finding(
            id="project.others",
            level=Level.INFO,
            title=f"The repository holds other Django projects too: {', '.join(map(_named, others))}.",
            why=f"The one in {_named(here)} is deployed.",
            fix=f"To deploy another one: python manage.py deploy --project-dir {shlex.quote(others[0])}",
            details=others,
        )


def _named(folder: str) -> str:
    return "the git root" if folder == "." else folder


def _settings(facts: ProjectFacts) -> Iterator[Finding]:
    chosen, guess = facts.location.corrections.settings_module, facts.location.guess.settings_module
    active = facts.settings.module if facts.settings else facts.location.settings_module
    if chosen is not None and active is not None and chosen != active:
        yield Finding(
            id="settings.choice-not-used",
            level=Level.WARNING,
            title=f"You chose the settings {chosen}, but manage.py insists on {active}.",
            why="The value that manage.py assigns to DJANGO_SETTINGS_MODULE overrides any value from outside.",
            fix=f'Have manage.py only set a default: os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{active}")',
        )
    elif chosen is not None:
        yield Finding(
            id="settings.chosen",
            level=Level.INFO,
            title=f"The settings are {chosen}: you chose them."
            + (f" Here the project runs with {guess}." if guess and guess != chosen else ""),
            fix=f"{_AGAIN}--settings-module auto",
        )
    elif len(facts.settings_modules) > 1 and active is not None and not (facts.production and facts.production.exists):
        others = tuple(module for module in facts.settings_modules if module != active)
        yield Finding(
            id="settings.several",
            level=Level.INFO,
            title=f"The settings are {active}; there are also {', '.join(others[:4])}"
            + (" …" if len(others) > 4 else "."),
            why="The site is deployed with the settings that the project uses here. To leave out what is only for "
            "development, choose other settings.",
            fix=f"To deploy with other settings, now and in future: --settings-module {_likely(others)}",
            details=others,
        )


def _likely(modules: tuple[str, ...]) -> str:
    """The one of *modules* that sounds like a deployed site."""
    return next((each for each in modules if "prod" in each.rpartition(".")[2]), modules[0])


def _manager(facts: ProjectFacts) -> Iterator[Finding]:
    chosen, found = facts.location.corrections.manager, facts.dependencies
    if chosen is None or chosen == found.manager:
        return
    known = ", ".join(name for name in (found.manager, *found.others) if name != "none")
    yield Finding(
        id="dependencies.choice-gone",
        level=Level.WARNING,
        title=f"You chose {TITLES.get(chosen, chosen)}, but the project has none of its files.",
        why=f"{TITLES.get(found.manager, 'Nothing')} is used instead.",
        fix=f"{_AGAIN}--manager {known.partition(',')[0] or 'auto'}" + (f" (there are: {known})" if known else ""),
    )
