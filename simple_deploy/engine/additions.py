"""What the tool itself adds to every platform: options, and the steps and facts they lead to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from simple_deploy.core.facts import Production, ProjectFacts
from simple_deploy.core.options import Answers, Choice, Option, Question
from simple_deploy.core.plan import Plan
from simple_deploy.core.quoting import quoted
from simple_deploy.core.steps import (
    WHOLE_FILE_STEPS,
    AddRequirements,
    Commit,
    EditBlock,
    FileStep,
    PlaceFile,
    RemoveFile,
    RemoveRequirements,
    WriteFile,
)
from simple_deploy.platforms.base import Platform
from simple_deploy.platforms.production import FIRST_BLOCK, LAST_BLOCK

STYLE = "settings_style"
REMOVE = "remove_unneeded"
MESSAGE = "commit_message"
GUARD = "guard"

#: The answer that lets files through which are not as they were approved.
OTHER_FILES = "other_files"

#: The tool among the apps.
_TOOL = re.compile(r"""["']simple_deploy["'.]""")
NAMES = frozenset({STYLE, REMOVE, MESSAGE})

#: Either does what the project's own way to run management commands does.
_HANDING_OVER = '''\
#!/usr/bin/env python
"""Django's command-line utility, under the name that platforms look for."""

import runpy
from pathlib import Path

if __name__ == "__main__":
    runpy.run_path(str(Path(__file__).with_name({script})), run_name="__main__")
'''
_MANAGE_PY = '''\
#!/usr/bin/env python
"""Django's command-line utility."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", {module})
    execute_from_command_line(sys.argv)
'''

_GUARD = """\
# The deployment dashboard is for development only: where it is not installed, leave it out.
from importlib.util import find_spec as _find_spec

if _find_spec("simple_deploy") is None:
    INSTALLED_APPS = [app for app in INSTALLED_APPS if app.split(".")[0] != "simple_deploy"]
"""


def options(platform: Platform, facts: ProjectFacts) -> tuple[Option, ...]:
    """All that is asked before a plan: what the platform asks, then what the tool asks for every platform."""
    own = tuple(platform.options(facts))
    taken = {option.name for option in own}
    ours = (*(() if platform.rewrites else _of_files(facts)), message("a deployment makes"))
    return (*own, *(option for option in ours if option.name not in taken))


def as_deployed(facts: ProjectFacts, answers: Answers) -> ProjectFacts:
    """*facts* as a platform sees them: the settings are those of the deployed site."""
    production, active = facts.production, facts.settings
    if production is None or active is None or answers.text(STYLE) != "production":
        return facts
    own = production.settings or active
    settings = replace(
        own,
        module=production.module,
        file=production.file,
        first_url=own.first_url or active.first_url,
        admin_url=own.admin_url or active.admin_url,
        has_data=active.has_data,
        pending_migrations=active.pending_migrations,
    )
    return replace(facts, settings=settings, development=active)


def as_tried(facts: ProjectFacts, health_url: str | None) -> ProjectFacts:
    """*facts*, with the page that answered 200 when the plan was tried; empty where none did."""
    if facts.settings is None or health_url is None:
        return facts
    return replace(facts, settings=replace(facts.settings, health_url=health_url))


def complete(
    plan: Plan, facts: ProjectFacts, answers: Answers, files: Mapping[str, bytes] = MappingProxyType({})
) -> Plan:
    """*plan* with the tool's own steps in front.

    :param facts: as the platform saw them. :param files: the bytes of those that *plan* places.
    """
    guard, removal = tuple(_guard(facts)), tuple(_removal(plan, facts, answers))
    if plan.rewrites:
        plan, removal = _rewriting(plan, removal), ()
    own = (*_manage_py(facts), *_import(facts), *guard, *_moved(plan, facts), *removal)
    message = answers.text(MESSAGE)
    steps = (replace(step, message=message) if message and isinstance(step, Commit) else step for step in plan.steps)
    complete = replace(plan, steps=(*own, *steps))
    return _guard_last(complete, guard[0].path, files) if guard else complete


def _rewriting(plan: Plan, removal: tuple[FileStep, ...]) -> Plan:
    """*plan*, which writes its files itself: it may ask about those that come out different, and edits no other."""
    stay = tuple(f"Skipped, because this platform writes the files itself: {step.title}." for step in removal)
    go_on = Option(name=OTHER_FILES, label="Continue with these files?", kind="flag", required=False)
    asked = Question(id=OTHER_FILES, title="Whether to go on where its files are not as you approved", fields=(go_on,))
    return replace(plan, questions=(*plan.questions, asked), notes=(*plan.notes, *stay))


def _guard_last(plan: Plan, path: str, placed: Mapping[str, bytes]) -> Plan:
    """*plan*, in which a step that writes the whole file at *path* does not take the guard away."""
    whole = [step for step in plan.file_steps if isinstance(step, WHOLE_FILE_STEPS) and step.path == path]
    if not whole:
        return plan
    guard = next(step for step in plan.file_steps if isinstance(step, EditBlock) and step.id == GUARD)
    files = tuple(step for step in plan.file_steps if step.id != GUARD)
    where = _moved_to(files, placed) if isinstance(whole[-1], RemoveFile) else path
    kept = (replace(guard, path=where),) if where else ()
    return replace(plan, steps=(*files, *kept, *plan.other_steps))


def _moved_to(steps: Iterable[FileStep], placed: Mapping[str, bytes]) -> str | None:
    """The file that has the settings once their own is removed: the one that names the tool among the apps."""
    texts = {
        step.path: step.text if isinstance(step, WriteFile) else placed.get(step.path, b"").decode("utf-8", "replace")
        for step in steps
        if isinstance(step, (WriteFile, PlaceFile)) and step.path.endswith(".py")
    }
    return next((path for path, text in texts.items() if "INSTALLED_APPS" in text and _TOOL.search(text)), None)


# -- options --


def _of_files(facts: ProjectFacts) -> Iterator[Option]:
    """How the project's files are written."""
    settings, production = facts.settings, facts.production
    if settings is not None and settings.file is not None and production is not None and production.problem is None:
        yield _style(settings.file, production)
    names = facts.dependencies.tool_only
    if names:
        yield Option(
            name=REMOVE,
            label=f"Remove packages from {facts.dependencies.file} that only this tool needs",
            kind="flag",
            help=f"The deployed site needs none of them: {', '.join(names)}. Anyone who installs from that file then "
            "has to install this tool separately.",
            default=False,
        )


def message(made: str) -> Option:
    """The message of the commit that *made* says which it is."""
    return Option(
        name=MESSAGE,
        label="Commit message",
        help=f"The message of the commit that {made}. Leave it empty to use this tool's message.",
        required=False,
        advanced=True,
    )


def _style(active: str, production: Production) -> Option:
    return Option(
        name=STYLE,
        label="Settings of the deployed site",
        kind="choice",
        default="production" if production.usual else "block",
        advanced=True,
        choices=(
            Choice(
                value="block",
                label=f"At the end of {active}",
                help="A block between two comments that applies only on the deployed site.",
            ),
            Choice(
                value="production",
                label=f"In {production.file}" if production.exists else f"In a separate file, {production.file}",
                help="The deployed site uses that module; your own settings stay as they are.",
            ),
        ),
    )


# -- steps --


def _manage_py(facts: ProjectFacts) -> Iterator[FileStep]:
    """A manage.py, where what runs management commands has another name or is no file of the project's."""
    location, script = facts.location, facts.location.script
    if script == "manage.py" or facts.local_settings is None:
        return
    module = facts.local_settings.module
    yield WriteFile(
        id="manage-py",
        title="Write a manage.py",
        why="Platforms use a file with this name to migrate the database and collect static files. "
        + (f"It hands over to {script}, which stays as it is." if script else f"It runs with {module}."),
        undo="The file is removed.",
        docs="https://docs.djangoproject.com/en/stable/ref/django-admin/",
        path=f"{location.project_dir}/manage.py".lstrip("/"),
        text=_HANDING_OVER.format(script=quoted(script)) if script else _MANAGE_PY.format(module=quoted(module)),
        executable=True,
    )


def _import(facts: ProjectFacts) -> Iterator[FileStep]:
    """The beginning of a settings module that is not there yet."""
    production, active = facts.production, facts.development
    if production is None or active is None or production.exists:
        return
    yield EditBlock(
        id="production",
        title="Make settings for the deployed site",
        why=f"They import {active.module} and change only what is different on the site, so your own settings stay as "
        "they are.",
        undo="The file is removed.",
        docs="https://docs.djangoproject.com/en/stable/topics/settings/",
        path=production.file,
        block_id="production",
        text=f"# The settings of the deployed site: those of {active.module}, and what is different there.\n"
        f"from {production.imports} import *  # noqa: F403\n",
    )


def _guard(facts: ProjectFacts) -> Iterator[EditBlock]:
    """The block that keeps the tool itself out of production, where the settings name it."""
    settings = facts.settings
    if settings is None or settings.file is None:
        return
    if not any(app.split(".")[0] == "simple_deploy" for app in settings.installed_apps):
        return
    yield EditBlock(
        id=GUARD,
        title="Keep this tool out of production",
        why="The deployed site does not have simple_deploy installed and would not start without this block.",
        undo="The block is removed.",
        path=settings.file,
        block_id="guard",
        text=_GUARD,
    )


def _moved(plan: Plan, facts: ProjectFacts) -> Iterator[FileStep]:
    """The end of blocks that an earlier plan put into the active settings, where they stand in a module now.

    What all platforms share stays there as long as another one has its block there.
    """
    active, production = facts.development, facts.production
    if active is None or active.file is None or production is None:
        return
    put = [step for step in plan.steps if isinstance(step, EditBlock) and step.path == production.file]
    gone = {step.block_id for step in put} & set(production.blocks)
    if gone and gone == set(production.blocks):
        gone |= {FIRST_BLOCK, LAST_BLOCK}
    for step in put:
        if step.block_id in gone:
            yield EditBlock(
                id=f"{step.id}.moved",
                title=f"Remove the old block from {active.file}",
                why=f"{production.file} now contains these settings, so the block is no longer needed.",
                undo="The block is restored.",
                path=active.file,
                block_id=step.block_id,
                text="",
            )


def _removal(plan: Plan, facts: ProjectFacts, answers: Answers) -> Iterator[FileStep]:
    added = {_name(text) for step in plan.steps if isinstance(step, AddRequirements) for text in step.requirements}
    names = tuple(name for name in facts.dependencies.tool_only if name not in added)
    if names and answers.flag(REMOVE):
        yield RemoveRequirements(
            id="unneeded",
            title=f"Remove what only this tool needs: {', '.join(names)}",
            why="pip freeze lists everything that is installed. The deployed site needs none of these packages, and "
            "installing them there takes time and space.",
            undo="The lines are restored.",
            names=names,
        )


def _name(requirement: str) -> str:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return ""
