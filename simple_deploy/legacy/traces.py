"""What django-simple-deploy has left in a project that it configured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from simple_deploy.api import Finding, Level, ProjectFacts
from simple_deploy.core.errors import FilesChanged
from simple_deploy.edits import textfile
from simple_deploy.edits.errors import EditError
from simple_deploy.inspection import fixes, predecessor
from simple_deploy.inspection.predecessor import APP, DISTRIBUTION, Block

GUIDE = "https://github.com/django-simple-deploy/dashboard/blob/main/docs/how-to/use-a-dsd-plugin.md"


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    """At most two: what the tool needed for itself, and the settings that its plugins wrote. It only reads."""
    if found := tuple(_traces(facts)):
        is_app = facts.settings is not None and APP in facts.settings.installed_apps
        lost = is_app and DISTRIBUTION not in facts.dependencies.names
        yield Finding(
            id="legacy.traces",
            level=Level.WARNING if lost else Level.INFO,
            title="django-simple-deploy has been used in this project.",
            why=f"The site does not start: {APP} is in INSTALLED_APPS, and no dependency file declares {DISTRIBUTION}."
            if lost
            else "Neither this tool nor the site needs what it left: simple_deploy runs its plugins without it.",
            fix="Remove it, unless you keep using its own command.",
            docs=GUIDE,
            fix_name=_way_out(facts),
            details=found,
        )
    if blocks := _blocks(facts):
        names = " and ".join(each.platform for each in blocks)
        yield Finding(
            id="legacy.settings",
            level=Level.INFO,
            title=f"There are settings for {names}, as plugins of django-simple-deploy write them.",
            why="They keep working, and the plugin that wrote them finds them again. A platform of this tool writes "
            "its own settings, which would come on top of them.",
            fix="Remove them before another platform, or a platform of this tool, takes over.",
            docs=GUIDE,
            fix_name=predecessor.BLOCKS,
            details=tuple(
                f"{facts.settings.file if facts.settings else ''}, lines {each.first} to {each.last}: {each.platform}"
                for each in blocks
            ),
        )


def _way_out(facts: ProjectFacts) -> str | None:
    """The fix, where it can do anything: INSTALLED_APPS may be put together elsewhere."""
    try:
        return fixes.describe(predecessor.LEAVE, facts).name
    except (LookupError, FilesChanged, EditError):
        return None


def _traces(facts: ProjectFacts) -> Iterator[str]:
    settings = facts.settings
    if settings is not None and APP in settings.installed_apps:
        yield f"{settings.file or settings.module}: {APP} is in INSTALLED_APPS."
    for entry in predecessor.declared(facts):
        yield f"{entry.file}: {DISTRIBUTION} is declared."
    if logs := predecessor.logs(facts.location):
        yield f"{PurePosixPath(logs[0]).parent}/: its logs."


def _blocks(facts: ProjectFacts) -> tuple[Block, ...]:
    if facts.settings is None or not facts.settings.file:
        return ()
    try:
        data = (facts.location.root / facts.settings.file).read_bytes()
        return predecessor.blocks(textfile.decode(data).text)
    except (OSError, EditError):
        return ()
