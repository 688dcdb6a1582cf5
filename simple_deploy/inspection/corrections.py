"""What the person chose in the place of a guess: one small file in the tool's state folder, nothing secret in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from simple_deploy.core import codec
from simple_deploy.core.errors import InvalidAnswer
from simple_deploy.core.facts import Corrections, ProjectFacts
from simple_deploy.core.options import Choice, Option
from simple_deploy.core.paths import is_module
from simple_deploy.managers.base import TITLES
from simple_deploy.system import stored

STATE_FOLDER = ".simple_deploy"  # in the git root
FILE = "corrections.json"

#: Given in the place of a value: guess again.
AUTO = "auto"


def read(state: Path) -> Corrections:
    """What was chosen for the project whose state folder is *state*; a damaged file is as good as none."""
    return stored.known(Corrections, state / FILE) or Corrections()


def to_json(corrections: Corrections) -> str:
    return json.dumps(codec.to_data(corrections), indent=1) + "\n"


def merged(stored: Corrections, given: Corrections) -> Corrections:
    """*stored* with what was *given* now; :data:`AUTO` forgets a choice.

    :raises InvalidAnswer: what was given cannot be right for any project.
    """
    _check(given)
    return Corrections(
        project_dir=_newer(stored.project_dir, given.project_dir),
        settings_module=_newer(stored.settings_module, given.settings_module),
        manager=_newer(stored.manager, given.manager),
    )


def in_place_of(chosen: Corrections) -> Corrections:
    """What has to be given so that *chosen*, and nothing else, is chosen."""
    return Corrections(
        project_dir=chosen.project_dir or AUTO,
        settings_module=chosen.settings_module or AUTO,
        manager=chosen.manager or AUTO,
    )


def options(facts: ProjectFacts) -> tuple[Option, ...]:
    """What may be put right about a project, as questions; their answers are the fields of :class:`Corrections`."""
    location, found = facts.location, facts.dependencies
    chosen, here = location.corrections, location.project_dir or "."
    managers = [] if found.manager == "none" else [found.manager, *found.others]
    folders = {folder: "the git root" if folder == "." else folder for folder in (here, *facts.projects)}
    modules = dict.fromkeys(filter(None, (location.settings_module, chosen.settings_module, *facts.settings_modules)))
    return (
        *_option("project_dir", "Which project", folders, chosen.project_dir),
        *_option(
            "settings_module", "Settings of the deployed site", {each: each for each in modules}, chosen.settings_module
        ),
        *_option(
            "manager", "What keeps the packages", {each: TITLES.get(each, each) for each in managers}, chosen.manager
        ),
    )


def _option(name: str, label: str, known: Mapping[str, str], chosen: str | None) -> Iterator[Option]:
    if len(known) < 2:
        return
    choices = (Choice(value=AUTO, label="Find out"), *(Choice(value=each, label=text) for each, text in known.items()))
    default = chosen if chosen in known else AUTO
    yield Option(name=name, label=label, kind="choice", choices=choices, default=default)


def _check(given: Corrections) -> None:
    module, manager = given.settings_module, given.manager
    if module is not None and not is_module(module):
        raise InvalidAnswer(
            f"“{module}” is not the name of a settings module.",
            hint="Write it as in an import, with dots and without .py, for example config.settings.production.",
        )
    if manager not in (None, AUTO) and manager not in TITLES:
        raise InvalidAnswer(
            f"There is no dependency manager “{manager}”.",
            hint=f"Choose one of these: {', '.join(TITLES)}. Or choose auto to have it detected.",
        )


def _newer(stored: str | None, given: str | None) -> str | None:
    if given is None:
        return stored
    return None if given == AUTO else given
