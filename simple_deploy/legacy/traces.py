"""What django-simple-deploy has left in a project that it configured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from simple_deploy.api import Finding, Level, ProjectFacts

APP = "django_simple_deploy"
DISTRIBUTION = "django-simple-deploy"
LOGS = "dsd_logs"
GUIDE = "https://github.com/django-simple-deploy/dashboard/blob/main/docs/how-to/use-a-dsd-plugin.md"

#: How its plugins ask in settings.py where the project runs.
_BLOCK = re.compile(r"""^if .*["'](ON_[A-Z_]+)["']""", re.MULTILINE)


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    """One finding, where there is anything. It only reads."""
    found = tuple(_traces(facts))
    if not found:
        return
    is_app = facts.settings is not None and APP in facts.settings.installed_apps
    lost = is_app and DISTRIBUTION not in facts.dependencies.names
    yield Finding(
        id="legacy.traces",
        level=Level.WARNING if lost else Level.INFO,
        title="The project was configured by django-simple-deploy.",
        why=f"The site does not start: {APP} is in INSTALLED_APPS, and no dependency file declares {DISTRIBUTION}."
        if lost
        else "What it wrote goes on working. Nothing of it is needed for a deployment from here.",
        fix="Put simple_deploy into INSTALLED_APPS in its place, and remove its requirement, its logs and the settings "
        "of a platform that is to be configured anew.",
        docs=GUIDE,
        details=found,
    )


def _traces(facts: ProjectFacts) -> Iterator[str]:
    settings, dependencies, root = facts.settings, facts.dependencies, facts.location.root
    if settings is not None and APP in settings.installed_apps:
        yield f"{settings.file or settings.module}: {APP} is in INSTALLED_APPS."
    for entry in dependencies.declared:
        if entry.name == DISTRIBUTION:
            yield f"{entry.file}: {DISTRIBUTION} is declared."
    folders = {root / LOGS, root / facts.location.project_dir / LOGS}
    if logs := [folder for folder in sorted(folders) if folder.is_dir()]:
        yield f"{logs[0].relative_to(root).as_posix()}/: its logs."
    if settings is not None and settings.file and (names := _blocks(root / settings.file)):
        yield f"{settings.file}: settings of a platform, which {', '.join(names)} turns on there."


def _blocks(file: Path) -> tuple[str, ...]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(_BLOCK.findall(text)))
