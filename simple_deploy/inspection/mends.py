"""What a tool can mend by itself, described in full before anything is done. The engine carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from simple_deploy.core.facts import GitFacts, ProjectFacts
from simple_deploy.core.options import Option
from simple_deploy.edits import gitignore, textfile
from simple_deploy.edits.errors import EditError

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

_ALWAYS_IGNORED = (
    "__pycache__/",
    "*.py[cod]",
    ".env",
    ".venv/",
    "*.sqlite3",
    "*.sqlite3-*",
    ".DS_Store",
    ".simple_deploy/",
)
_HEADING = "# What belongs to one computer only, or is made again at any time.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What would be done, in this order: write the files, then run the commands in the git root.

    :param steps: the same in sentences, for the person who decides.
    :param files: path relative to the git root, and the whole new content.
    :param commands: argument lists; where an answer is still missing it stands as ``<…>``.
    :param fields: what has to be asked first.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    fields: tuple[Option, ...] = ()


def describe(name: str, facts: ProjectFacts, answers: Mapping[str, str] | None = None) -> Mend:
    """What the mend called *name* would do to the project.

    :param answers: to the mend's fields, as far as they are known.
    :raises LookupError: there is no such mend.
    :raises EditError: .gitignore is there and cannot be read as text.
    """
    return _MENDS[name](facts, answers or {})


def _create_repository(facts: ProjectFacts, answers: Mapping[str, str]) -> Mend:
    ignored = _ignore_file(facts)
    fields, identity = _identity(facts, answers)
    return Mend(
        name="create-repository",
        title="Create a git repository with a first commit",
        steps=(
            f"Make {facts.location.root} a git repository. Your files stay as they are; git keeps its own in the "
            "folder "
            ".git.",
            *_about_ignored(ignored),
            *_about_identity(fields),
            "Commit everything else as the first commit, on the branch main. Nothing is sent anywhere.",
        ),
        files=ignored,
        commands=(
            ("git", "-c", "init.defaultBranch=main", "init"),
            *identity,
            ("git", "add", "--all"),
            ("git", "commit", "-m", "First commit"),
        ),
        fields=fields,
    )


def _first_commit(facts: ProjectFacts, answers: Mapping[str, str]) -> Mend:
    ignored = _ignore_file(facts)
    fields, identity = _identity(facts, answers)
    return Mend(
        name="first-commit",
        title="Make the first commit",
        steps=(
            *_about_ignored(ignored),
            *_about_identity(fields),
            "Commit everything that .gitignore does not leave out. Nothing is sent anywhere.",
        ),
        files=ignored,
        commands=(*identity, ("git", "add", "--all"), ("git", "commit", "-m", "First commit")),
        fields=fields,
    )


def _git_identity(_: ProjectFacts, answers: Mapping[str, str]) -> Mend:
    return Mend(
        name="git-identity",
        title="Tell git who you are",
        steps=("Set your name and e-mail address for this repository. Other repositories keep what they have.",),
        commands=_identity_commands(answers),
        fields=(NAME, EMAIL),
    )


def _write_requirements(facts: ProjectFacts, answers: Mapping[str, str]) -> Mend:
    lines = facts.dependencies.suggested
    commit = _can_commit(facts.git)
    fields, identity = _identity(facts, answers) if commit else ((), ())
    unknown = ", ".join(facts.dependencies.unknown_imports)
    return Mend(
        name="write-requirements",
        title="Write requirements.txt from what the project imports",
        steps=(
            f"Write requirements.txt with {len(lines)} lines: the packages the project imports, in the versions that "
            "are "
            "installed here.",
            *([f"Left out, because no installed package brings it: {unknown}."] if unknown else []),
            *_about_identity(fields),
            *(["Commit that file."] if commit else []),
        ),
        files=(("requirements.txt", "".join(f"{line}\n" for line in lines).encode("utf-8")),),
        commands=(
            *identity,
            ("git", "add", "--", "requirements.txt"),
            ("git", "commit", "-m", "List the packages the project needs", "--", "requirements.txt"),
        )
        if commit
        else (),
        fields=fields,
    )


_MENDS: Mapping[str, Callable[[ProjectFacts, Mapping[str, str]], Mend]] = MappingProxyType(
    {
        "create-repository": _create_repository,
        "first-commit": _first_commit,
        "git-identity": _git_identity,
        "write-requirements": _write_requirements,
    }
)


def _can_commit(git: GitFacts | None) -> bool:
    """Without a commit the first one takes the file along; during a merge, that has to be finished first."""
    return git is not None and git.head is not None and git.in_progress is None


def _identity(
    facts: ProjectFacts, answers: Mapping[str, str]
) -> tuple[tuple[Option, ...], tuple[tuple[str, ...], ...]]:
    if facts.host.git_identity:
        return (), ()
    return (NAME, EMAIL), _identity_commands(answers)


def _identity_commands(answers: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    return (
        ("git", "config", "user.name", answers.get("name") or "<your name>"),
        ("git", "config", "user.email", answers.get("email") or "<your e-mail address>"),
    )


def _about_identity(fields: tuple[Option, ...]) -> tuple[str, ...]:
    return ("Set your name and e-mail address for this repository; every commit carries them.",) if fields else ()


def _about_ignored(files: tuple[tuple[str, bytes], ...]) -> tuple[str, ...]:
    if not files:
        return ()
    return ("Write .gitignore, so that passwords, your local database, uploads and installed packages stay out.",)


def _ignore_file(facts: ProjectFacts) -> tuple[tuple[str, bytes], ...]:
    path = facts.location.root / ".gitignore"
    before = path.read_bytes() if path.is_file() else b""
    after = ignore_file(before, patterns(facts))
    return ((".gitignore", after),) if after != before else ()


def ignore_file(before: bytes, wanted: tuple[str, ...]) -> bytes:
    """The bytes of a .gitignore with those of *wanted* that are missing at its end.

    :raises EditError: *before* is no text.
    """
    try:
        file = textfile.decode(before)
    except EditError as error:
        raise EditError(f".gitignore cannot be read. {error.message}", hint=error.hint) from error
    return file.encode(gitignore.add(file.text or _HEADING, wanted))


def patterns(facts: ProjectFacts) -> tuple[str, ...]:
    """What a repository of this project leaves out."""
    folders = [*facts.environments]
    if facts.settings:
        folders += [facts.settings.media_root, facts.settings.static_root or ""]
        folders += [
            database.name for database in facts.settings.databases if database.is_sqlite and database.name != ":memory:"
        ]
    own = (folder for folder in folders if folder not in ("", ".") and not Path(folder).is_absolute())
    files = {database.name for database in facts.settings.databases} if facts.settings else set()
    return (*_ALWAYS_IGNORED, *(f"/{folder}" if folder in files else f"/{folder}/" for folder in own))
