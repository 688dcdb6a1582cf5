"""Fixes of the repository: that there is one, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simple_deploy.core.facts import Gap, ProjectFacts
from simple_deploy.core.options import Option
from simple_deploy.core.paths import inside, is_elsewhere
from simple_deploy.edits import gitignore
from simple_deploy.inspection.fixes.commits import (
    EMAIL,
    NAME,
    about_commit,
    about_identity,
    add_command,
    ask_identity,
    ask_message,
    can_commit,
    committing,
    identity_commands,
    unfinished,
)
from simple_deploy.inspection.fixes.fix import Fix, bytes_of, difference, with_lines
from simple_deploy.inspection.rules.repository import UNTRACK

_FIRST = "First commit"

_COMPILED = ("__pycache__/", "*.py[cod]")
_ALWAYS_IGNORED = (
    *_COMPILED,
    ".env",
    ".venv/",
    "*.sqlite3",
    "*.sqlite3-*",
    ".DS_Store",
    ".simple_deploy/",
)
_HEADING = "# Files that belong to only one computer, or that can be made again at any time.\n"


def create_repository(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    ignored, read = _ignore_file(facts)
    fields, identity = ask_identity(facts, answers)
    asked, text = ask_message(answers, _FIRST)
    return Fix(
        name="create-repository",
        title="Create a git repository with a first commit",
        steps=(
            f"Make {facts.location.root} a git repository. Your files stay as they are; git keeps its own files in the "
            "folder .git.",
            *_about_ignored(ignored),
            *about_identity(fields),
            "Commit everything else as the first commit, on the branch main. Nothing is sent anywhere.",
        ),
        files=ignored,
        read=read,
        commands=(
            ("git", "-c", "init.defaultBranch=main", "init"),
            *identity,
            ("git", "add", "--all"),
            ("git", "commit", "-m", text),
        ),
        fields=(*fields, asked),
    )


def first_commit(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    ignored, read = _ignore_file(facts)
    fields, identity = ask_identity(facts, answers)
    asked, text = ask_message(answers, _FIRST)
    return Fix(
        name="first-commit",
        title="Make the first commit",
        steps=(
            *_about_ignored(ignored),
            *about_identity(fields),
            "Commit everything that .gitignore does not exclude. Nothing is sent anywhere.",
        ),
        files=ignored,
        read=read,
        commands=(*identity, ("git", "add", "--all"), ("git", "commit", "-m", text)),
        fields=(*fields, asked),
    )


def git_identity(_: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    return Fix(
        name="git-identity",
        title="Tell git who you are",
        steps=("Set your name and e-mail address for this repository. Other repositories keep what they have.",),
        commands=identity_commands(answers),
        fields=(NAME, EMAIL),
    )


def untrack(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: nothing of the kind is committed."""
    git = facts.git
    paths = (*git.databases, *git.environments, *git.compiled) if git else ()
    if git is None or not paths:
        raise LookupError(UNTRACK)
    named = (*git.databases, *(f"{folder}/" for folder in git.environments))
    patterns = (*(gitignore.literal(f"/{path}") for path in named), *(_COMPILED if git.compiled else ()))
    files, read = with_lines(facts, ".gitignore", patterns)
    ignored = [path for path, _ in files]
    fields: tuple[Option, ...] = ()
    commands: tuple[tuple[str, ...], ...] = (("git", "rm", "-r", "--cached", "--quiet", "--", *paths),)
    # Named in a commit, a file that is still there would be in it again. So all is committed that is staged, and that
    # has to be this alone.
    others = any(
        change.staged and not f"{change.path}/".startswith(tuple(f"{each}/" for each in paths))
        for change in git.changes
    )
    if can_commit(git) and not others and unfinished(facts).isdisjoint(ignored):
        fields, identity = ask_identity(facts, answers)
        asked, text = ask_message(answers, "Leave out what the project makes by itself")
        adding = [add_command(ignored)] if ignored else []
        fields, commands = (*fields, asked), (*identity, *commands, *adding, ("git", "commit", "-m", text))
    return Fix(
        name=UNTRACK,
        title="Take out of git what the project makes by itself",
        steps=(
            f"Stop tracking {', '.join(paths)} in git. The files stay on your disk, and older commits still contain "
            "them.",
            *([f"Add to .gitignore: {', '.join(patterns)}"] if files else []),
            *about_commit(fields),
        ),
        files=files,
        read=read,
        commands=commands,
        fields=fields,
        diffs=tuple((path, difference(path, read.get(path, b""), data)) for path, data in files),
    )


def add_ignored(name: str, facts: ProjectFacts, answers: Mapping[str, str], gaps: Sequence[Gap]) -> Fix:
    """Add what a pattern keeps out, and take the pattern away where it keeps nothing else out."""
    first = gaps[0]
    source, _, number = first.by.rpartition(":")
    paths = [gap.path for gap in gaps]
    files = [(path, bytes_of(facts, path)) for path in paths]
    read = dict(files)
    lines = _lines_with(facts, source, int(number), first.detail) if first.alone else None
    without = None
    if lines is not None:
        read[source] = b"".join(lines)
        without = b"".join((*lines[: int(number) - 1], *lines[int(number) :]))
        files.insert(0, (source, without))
    fields, commands = committing(facts, answers, [path for path, _ in files], "Add files that git ignored")
    return Fix(
        name=name,
        title=f"Add what {first.by} keeps out of git",
        steps=(
            f"Remove line {number} from {source}: {first.detail}"
            if without is not None
            else f"Leave {first.by} ({first.detail}) as it is, since it excludes other things too.",
            f"Add to git: {', '.join(paths)}. The files stay as they are.",
            *about_commit(fields),
        ),
        files=tuple(files),
        read=read,
        commands=commands or (add_command([path for path, _ in files]),),
        fields=fields,
        diffs=() if without is None else ((source, difference(source, read[source], without)),),
    )


def _lines_with(facts: ProjectFacts, source: str, number: int, pattern: str) -> list[bytes] | None:
    """The lines of the file; None where that is not one of the repository's own, or has unfinished work in it."""
    path = facts.location.root / source
    if path.name != ".gitignore" or is_elsewhere(source) or source in unfinished(facts):
        return None
    lines = bytes_of(facts, source).splitlines(keepends=True)
    if number > len(lines) or lines[number - 1].decode("utf-8", "replace").strip() != pattern.strip():
        return None
    return lines


def keep_folder(name: str, facts: ProjectFacts, answers: Mapping[str, str], gaps: Sequence[Gap]) -> Fix:
    path = f"{gaps[0].path}.gitkeep"
    fields, commands = committing(facts, answers, [path], f"Keep the folder {gaps[0].path.rstrip('/')}")
    return Fix(
        name=name,
        title=f"Have git keep the folder {gaps[0].path.rstrip('/')}",
        steps=(
            f"Write an empty file {path}, so that every copy of the project has the folder. Everything else in it "
            "stays out of git.",
            *about_commit(fields, "that file"),
        ),
        files=((path, b""),),
        commands=commands or (add_command([path]),),
        fields=fields,
    )


def _about_ignored(files: tuple[tuple[str, bytes], ...]) -> tuple[str, ...]:
    if not files:
        return ()
    return ("Write .gitignore, so that passwords, your local database, uploads and installed packages stay out.",)


def _ignore_file(facts: ProjectFacts) -> tuple[tuple[tuple[str, bytes], ...], Mapping[str, bytes]]:
    """What to write, and what was read for it."""
    return with_lines(facts, ".gitignore", patterns(facts), heading=_HEADING)


def patterns(facts: ProjectFacts) -> tuple[str, ...]:
    """What a repository of this project leaves out."""
    folders = [*facts.environments]
    if facts.settings:
        folders += [facts.settings.media_root, facts.settings.static_root or ""]
        folders += [
            database.name for database in facts.settings.databases if database.is_sqlite and database.name != ":memory:"
        ]
    own = (folder for folder in folders if folder != "." and inside(folder) is not None)
    files = {database.name for database in facts.settings.databases} if facts.settings else set()
    return (
        *_ALWAYS_IGNORED,
        *(gitignore.literal(f"/{folder}" if folder in files else f"/{folder}/") for folder in own),
    )
