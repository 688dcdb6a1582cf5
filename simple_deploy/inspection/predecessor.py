"""What the command-line tool django-simple-deploy and its plugins write into a project, and how to do without it."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from simple_deploy.core.facts import Declared, Location, ProjectFacts
from simple_deploy.edits import gitignore, lines, python_lists, python_source
from simple_deploy.managers.registry import manager_of

APP = "django_simple_deploy"
DISTRIBUTION = "django-simple-deploy"
LOGS = "dsd_logs"

#: Names of the fixes.
LEAVE = "leave-django-simple-deploy"
BLOCKS = "remove-platform-settings"

#: The line above a platform's settings, by which its plugin finds them again: check_settings in plugin_utils.py.
_HEADING = re.compile(r"# ?(\S.*) settings\.?\s*")
_PREFIX = "dsd-"  # a heading with it is no person's own
_READS_ENVIRONMENT = re.compile(r"\b(?:environ|getenv)\b")

#: How its line in .gitignore is written.
_IGNORED = (f"{LOGS}/", LOGS, f"/{LOGS}/", f"/{LOGS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The settings of one platform: a comment with its name, imports, and each ``if`` about the same variables of the
    environment.

    :param first: number of its first line, counted from 1. :param last: of its last one.
    """

    platform: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit of a file, and the same in a sentence. :param change: from its text today; :raises EditError:"""

    path: str
    step: str
    change: Callable[[str], str]


def blocks(text: str) -> tuple[Block, ...]:
    """Those in a settings file, in their order.

    :raises EditError: *text* is not valid Python.
    """
    return tuple(_blocks(text))


def _blocks(text: str) -> Iterator[Block]:
    rows, _ = lines.split(text)
    body = python_source.parse(text).body
    comments = python_source.comment_lines(text)
    for place, statement in enumerate(body):
        first, platform = _heading(rows, comments, statement.lineno)
        last = _last(body[place:], platform) if platform else None
        if last is not None:
            yield Block(platform=platform, first=first, last=last.end_lineno or last.lineno)


def _heading(rows: list[str], comments: frozenset[int], line: int) -> tuple[int, str]:
    """The comment above *line* that names a platform, as its line and that name, which is empty where there is none."""
    while (line := line - 1) in comments:
        if found := _HEADING.fullmatch(rows[line - 1]):
            return line, found[1]
    return line, ""


def _last(statements: list[ast.stmt], platform: str) -> ast.stmt | None:
    """The last one that belongs to *platform*; None where not even the first do."""
    last: ast.stmt | None = None
    known: set[str] = set()
    for each in statements:
        if isinstance(each, ast.If):
            variables = _variables(each.test)
            if not variables or (known and known.isdisjoint(variables)):
                break
            last, known = each, known | variables
        elif isinstance(each, ast.ImportFrom) and each.names[0].name == "*":
            if not platform.startswith(_PREFIX):
                break
            last = each
        elif not isinstance(each, (ast.Import, ast.ImportFrom, ast.Try)):
            break
    return last


def _variables(test: ast.expr) -> set[str]:
    """The texts in a question about the environment; none where it is about something else."""
    if not _READS_ENVIRONMENT.search(ast.unparse(test)):
        return set()
    found = (node.value for node in ast.walk(test) if isinstance(node, ast.Constant))
    return {value for value in found if isinstance(value, str) and value}


def without_blocks(text: str) -> str:
    """*text* without the settings of platforms, and the blank lines above each.

    :raises EditError: *text* is not valid Python.
    """
    rows, final_newline = lines.split(text)
    for block in reversed(blocks(text)):
        first = block.first - 1
        while first and not rows[first - 1].strip():
            first -= 1
        del rows[first : block.last]
    return lines.join(rows, final_newline or rows != lines.split(text)[0])


def leaving(facts: ProjectFacts) -> Iterator[Edit]:
    """What to edit so that the project needs it no more; the settings of platforms stay."""
    settings = facts.settings.file if facts.settings else None
    if settings:
        yield Edit(
            path=settings,
            step=f"Remove {APP} from INSTALLED_APPS in {settings}.",
            change=lambda text: python_lists.without(text, "INSTALLED_APPS", {APP}),
        )
    for path in dict.fromkeys(entry.file for entry in declared(facts)):
        yield Edit(
            path=path,
            step=f"Remove {DISTRIBUTION} from {path}.",
            change=partial(_undeclared, facts, path),
        )
    if os.path.lexists(facts.location.root / ".gitignore"):
        yield Edit(
            path=".gitignore",
            step=f"Remove {LOGS} from .gitignore.",
            change=_without_logs,
        )


def _without_logs(text: str) -> str:
    """*text* of a .gitignore without the line for the logs, and the blank line above it, which came with it."""
    after = gitignore.remove(text, _IGNORED)
    came_last = text.rstrip().endswith(_IGNORED)
    return f"{after.rstrip()}\n" if came_last and after.strip() else after


def _undeclared(facts: ProjectFacts, path: str, text: str) -> str:
    for group in dict.fromkeys(entry.group for entry in declared(facts) if entry.file == path):
        text = manager_of(facts.dependencies).remove(text, [DISTRIBUTION], group=group)
    return text


def declared(facts: ProjectFacts) -> tuple[Declared, ...]:
    """Where the project asks for the package."""
    return tuple(
        entry for entry in (*facts.dependencies.declared, *facts.dependencies.grouped) if entry.name == DISTRIBUTION
    )


def logs(location: Location) -> tuple[str, ...]:
    """Its logs, relative to the git root."""
    root = location.root
    folders = dict.fromkeys((root / LOGS, root / location.project_dir / LOGS))
    return tuple(
        each.relative_to(root).as_posix()
        for folder in folders
        if folder.is_dir()
        for each in sorted(folder.iterdir())
        if each.is_file() and not each.is_symlink()
    )
