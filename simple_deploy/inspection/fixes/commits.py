"""How a fix commits what it writes, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from simple_deploy.core.facts import GitFacts, ProjectFacts
from simple_deploy.core.options import Option
from simple_deploy.edits import textfile
from simple_deploy.inspection.fixes.fix import Fix, bytes_of, difference

NAME = Option(
    name="name",
    label="Your name",
    help="Written into each commit. Everyone who sees the repository can read it.",
    pattern=r"[^<>\n]*[^<>\s][^<>\n]*",
    pattern_help="Use letters, without < and >.",
)
EMAIL = Option(
    name="email",
    label="Your e-mail address",
    help="Written into each commit, next to your name.",
    pattern=r"[^\s<>@]+@[^\s<>@]+",
    pattern_help="It looks like you@example.com.",
)
MESSAGE = Option(
    name="commit_message",
    label="Commit message",
    help="Change it if the repository has rules for messages.",
    required=False,
    advanced=True,
)


def changing(
    facts: ProjectFacts,
    answers: Mapping[str, str],
    *,
    name: str,
    title: str,
    changes: Mapping[str, Callable[[str], str]],
    steps: tuple[str, ...],
    message: str,
) -> Fix:
    """A fix that changes the text of files.

    :param changes: by path, what makes the new text of the old one, which is empty where there is no file yet; a file
        of which nothing is left goes. :param steps: what that does. :param message: of the commit.
    """
    read: dict[str, bytes] = {}
    files: dict[str, bytes | None] = {}
    for path, change in changes.items():
        there = os.path.lexists(facts.location.root / path)
        before = bytes_of(facts, path) if there else b""
        source = textfile.decode(before)
        text = change(source.text)
        if text != source.text:
            files[path] = source.encode(text) if text.strip() else None
            read |= {path: before} if there else {}
    fix = Fix(name=name, title=title, steps=steps, files=tuple(files.items()), read=read)
    return committed(fix, facts, answers, message)


def committed(
    fix: Fix,
    facts: ProjectFacts,
    answers: Mapping[str, str],
    message: str,
    *,
    but: Collection[str] = (),
) -> Fix:
    """*fix*, where its files are committed, and nothing else is: not where one of them has unfinished work in it.

    :param but: files that go and that no commit holds.
    """
    files = {path: data or b"" for path, data in fix.files if path not in but}
    begun = unfinished(facts)
    others = ", ".join(path for path in files if path in begun)
    fields, commands = committing(facts, answers, [*files], message) if files and not others else ((), ())
    return replace(
        fix,
        steps=(
            *fix.steps,
            *about_commit(fields),
            *([f"Then commit {others} yourself: other changes there are not committed yet."] if others else []),
        ),
        commands=commands,
        fields=fields,
        diffs=tuple((path, difference(path, fix.read.get(path, b""), data)) for path, data in files.items()),
    )


def committing(
    facts: ProjectFacts, answers: Mapping[str, str], paths: Sequence[str], message: str
) -> tuple[tuple[Option, ...], tuple[tuple[str, ...], ...]]:
    """What to ask and to run so that *paths*, whatever ignores them, are committed and nothing else is."""
    if not can_commit(facts.git):
        return (), ()
    fields, identity = ask_identity(facts, answers)
    asked, text = ask_message(answers, message)
    commit = ("git", "commit", "-m", text, "--", *paths)
    return (*fields, asked), (*identity, add_command(paths), commit)


def ask_message(answers: Mapping[str, str], usual: str) -> tuple[Option, str]:
    """The field for the message of a commit, and the message."""
    return replace(MESSAGE, default=usual), answers.get(MESSAGE.name) or usual


def can_commit(git: GitFacts | None) -> bool:
    """Without a commit the first one takes the file along; during a merge, that has to be finished first."""
    return git is not None and git.head is not None and git.in_progress is None


def unfinished(facts: ProjectFacts) -> set[str]:
    """Paths with work in them that is not committed."""
    return {change.path for change in facts.git.changes} if facts.git else set()


def add_command(paths: Sequence[str]) -> tuple[str, ...]:
    return "git", "add", "--force", "--", *paths


def ask_identity(
    facts: ProjectFacts, answers: Mapping[str, str]
) -> tuple[tuple[Option, ...], tuple[tuple[str, ...], ...]]:
    if facts.host.git_identity:
        return (), ()
    return (NAME, EMAIL), identity_commands(answers)


def identity_commands(answers: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    return (
        ("git", "config", "user.name", answers.get("name") or "<your name>"),
        ("git", "config", "user.email", answers.get("email") or "<your e-mail address>"),
    )


def about_identity(fields: tuple[Option, ...]) -> tuple[str, ...]:
    if NAME not in fields:
        return ()
    return ("Set your name and e-mail address for this repository; every commit carries them.",)


def about_commit(fields: tuple[Option, ...], what: str = "that, and nothing else") -> tuple[str, ...]:
    """:param fields: of :func:`committing`, which asks for no message where nothing is committed."""
    commits = any(field.name == MESSAGE.name for field in fields)
    return (*about_identity(fields), *([f"Commit {what}."] if commits else []))


def followed(fix: Fix, then: str) -> Fix:
    return replace(fix, steps=(*fix.steps, then))
