"""Which project this is, on any computer, and what its site is called."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from simple_deploy.core.errors import ToolMissing
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.interfaces import Context

#: The variable of a site that says which project it belongs to.
PROJECT_VARIABLE = "SIMPLE_DEPLOY_PROJECT"


def project_id(ctx: Context) -> str:
    """The beginning of the repository's first commit, the same in every clone; empty before there is one, and where
    git is not installed."""
    argv = ("git", "rev-list", "--max-parents=0", "HEAD")
    try:
        done = ctx.run(argv, cwd=ctx.facts.location.root, check=False, show=False)
    except ToolMissing:
        return ""
    return done.output.split()[-1][:12] if done.ok and done.output.split() else ""


def remember(ctx: Context, name: str) -> None:
    """Note on this computer what the project's site is called, as soon as it exists: a run that is cut short cannot
    say so in the project's files."""
    ctx.write(_note(ctx), f"{name}\n")


def remembered(ctx: Context) -> str:
    """What :func:`remember` noted; empty when there is nothing."""
    return read_text(_note(ctx)).strip()


def forget(ctx: Context) -> None:
    """Drop the note, when the site is destroyed."""
    ctx.remove(_note(ctx))


def read_text(path: Path) -> str:
    """A file of the project, to be looked at; empty where it is missing or unreadable."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def folder_mark(facts: ProjectFacts) -> str:
    """Six characters that are always the same for the same folder."""
    return _hash(facts)[:6]


def suggested_name(project: str, *, longest: int, mark: str = "") -> str:
    """A name made of *project* in small letters, digits and dashes, beginning with a letter.

    :param longest: number of characters it may have. :param mark: its end, which tells it from others.
    """
    letters = re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-")
    name = letters if letters[:1].isalpha() else f"site-{letters}".rstrip("-")
    if len(name) == 1 and not mark:
        name = f"{name}-site"
    short = name[: longest - len(mark) - 1 if mark else longest].rstrip("-")
    return f"{short}-{mark}" if mark else short


def _note(ctx: Context) -> Path:
    return ctx.home / "apps" / f"{project_id(ctx) or _hash(ctx.facts)[:12]}.txt"


def _hash(facts: ProjectFacts) -> str:
    return hashlib.sha256(str(facts.location.root).encode("utf-8")).hexdigest()
