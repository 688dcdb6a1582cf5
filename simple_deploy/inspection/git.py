"""What git knows about the project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import translate
from pathlib import Path

from simple_deploy.core.errors import StepError, ToolMissing
from simple_deploy.core.facts import GitChange, GitFacts
from simple_deploy.core.interfaces import Runner
from simple_deploy.inspection import envfiles, own_changes
from simple_deploy.system.git import Git, Repository, common_dir, find, same_folder, too_old
from simple_deploy.system.git_text import Status, parse_index, parse_status, parse_version, unquote

#: Names of files that usually hold a secret or personal data, as git pathspecs.
SENSITIVE = tuple(
    f":(glob,icase)**/{pattern}"
    for pattern in (
        ".env",
        ".env.*",
        "*.pem",
        "*.key",
        "*.p12",
        "*.pfx",
        "id_rsa",
        "id_ecdsa",
        "id_ed25519",
        ".netrc",
        ".pypirc",
        ".pgpass",
        "credentials.json",
        "secrets.json",
        "service-account*.json",
        "*.sqlite3",
    )
)
_TEMPLATES = ("example", "sample", "template", "dist", "test", "ci")

#: What is installed in a virtual environment, on Linux and macOS and on Windows.
_INSTALLED = re.compile(r"(.+?)/(?:lib/python\d+\.\d+|Lib)/site-packages/")

_IN_PROGRESS = (
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that git says about a project.

    :param version: of the program, empty when there is none.
    :param identity: whether it knows a name and an e-mail to commit with.
    :param facts: None when *root* is not the top of a repository, or git cannot read it.
    :param problem: what git said when it could not read the repository.
    :param outer: top of a repository around the project that is not its own.
    :param tracked: everything in the index: its mode by its path.
    :param own: the same without what lies in a virtual environment, which is nobody's work.
    """

    version: str = ""
    identity: bool = False
    facts: GitFacts | None = None
    problem: str = ""
    outer: Path | None = None
    tracked: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)


#: Keeps what an index holds: handed the index, and who asks git for it.
Remember = Callable[[Path, Callable[[], Mapping[str, str]]], Mapping[str, str]]


def ask_again(_: Path, ask: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    """Remembers nothing."""
    return ask()


def read(root: Path, runner: Runner, written: own_changes.Written = dict, remember: Remember = ask_again) -> Reading:
    """The state of the repository whose top is *root*.

    :param written: what runs of the tool left there.
    """
    git = Git(root, runner)
    try:
        version = _version(git)
    except ToolMissing:
        return Reading()
    identity = git.ask("var", "GIT_AUTHOR_IDENT").ok and git.ask("var", "GIT_COMMITTER_IDENT").ok
    reading = Reading(version=version, identity=identity)
    if too_old(version):
        return replace(reading, problem=f"git {version} is too old")
    try:
        repository = find(root, runner)
        if repository is None:
            return reading
        if not same_folder(repository.root, root):
            return replace(reading, outer=repository.root)
        index = repository.git_dir / "index"
        tracked = remember(index, lambda: parse_index(git.ask("ls-files", "--stage").lines))
        inside = tuple(f"{folder}/" for folder in environments(tracked))
        own = {path: mode for path, mode in tracked.items() if not path.startswith(inside)} if inside else tracked
        reading = replace(reading, tracked=tracked, own=own)
        return replace(reading, facts=_facts(git, repository, reading, written))
    except StepError as error:
        return replace(reading, problem=error.message)


def _version(git: Git) -> str:
    return parse_version(" ".join(git.ask("--version").lines))


def _facts(git: Git, repository: Repository, reading: Reading, written: own_changes.Written) -> GitFacts:
    # What nobody added to a submodule, compiled code above all, can never be part of this commit.
    answer = git.ask(
        "status", "--porcelain=v2", "--branch", "--untracked-files=normal", "--ignore-submodules=untracked"
    )
    if not answer.ok:
        raise StepError(answer.complaint)
    status = parse_status(answer.lines)
    return GitFacts(
        head=status.head,
        branch=status.branch,
        changes=_marked(git, status, written),
        identity=reading.identity,
        in_progress=next((name for file, name in _IN_PROGRESS if (repository.git_dir / file).exists()), None),
        remotes=tuple(git.ask("remote").lines),
        sensitive=tuple(path for path in secret_files(reading.own) if not envfiles.holds_no_secret(git.folder / path)),
        version=reading.version,
        signs=git.ask("config", "--type=bool", "--get", "commit.gpgSign").lines == ("true",),
        shallow=(common_dir(repository.git_dir) / "shallow").exists(),
        compiled=compiled_folders(reading.own),
        environments=environments(reading.tracked),
    )


def environments(paths: Iterable[str]) -> tuple[str, ...]:
    """Folders of *paths* that are virtual environments."""
    found = (_INSTALLED.match(path) for path in paths if "/site-packages/" in path)
    return tuple(sorted({match[1] for match in found if match}))


def compiled_folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Folders of *paths* that hold nothing but what Python compiles, and that hold some of it."""
    folders = {path.rpartition("/")[0] for path in paths if path.endswith(".pyc")}
    return tuple(sorted(folder for folder in folders if folder.rpartition("/")[2] == "__pycache__"))


def secret_files(paths: Iterable[str]) -> tuple[str, ...]:
    """Those of *paths* whose names say that they hold a secret or personal data."""
    patterns = (pattern.rpartition("/")[2] for pattern in SENSITIVE)
    fits = re.compile("|".join(f"(?:{translate(pattern)})" for pattern in patterns)).match
    return sensitive(path for path in paths if fits(path.lower().rpartition("/")[2]))


def sensitive(paths: Iterable[str]) -> tuple[str, ...]:
    """Those of *paths* that are no templates to be filled in, such as ``.env.example``."""
    return tuple(path for path in paths if not path.lower().rsplit("/", 1)[-1].endswith(_TEMPLATES))


def _marked(git: Git, status: Status, written: own_changes.Written) -> tuple[GitChange, ...]:
    """The changes, those marked that are the tool's."""
    if status.head is None or not status.changes:
        return status.changes
    known = written()
    changes = (one for change in status.changes for one in _single(git, change, known))
    return tuple(replace(change, ours=True) if _is_ours(git, change, known) else change for change in changes)


def _single(git: Git, change: GitChange, written: Mapping[str, frozenset[str | None]]) -> tuple[GitChange, ...]:
    """The files of a new folder, one by one, where a run of the tool wrote some of them."""
    if not change.path.endswith("/") or not any(path.startswith(change.path) for path in written):
        return (change,)
    listed = git.ask("ls-files", "--others", "--exclude-standard", "--", change.path)
    return tuple(GitChange(path=unquote(line), status=change.status) for line in listed.lines) or (change,)


def _is_ours(git: Git, change: GitChange, written: Mapping[str, frozenset[str | None]]) -> bool:
    if change.conflict or "R" in change.status or "C" in change.status:
        return False
    if own_changes.left_by_a_run(git.folder, change.path, written):
        return True
    if change.untracked or set(change.status) - set(".M"):
        return False
    now = own_changes.mentioning(git.folder / change.path)
    if now is None:
        return False
    before = git.ask("show", f"HEAD:{change.path}")
    return before.ok and own_changes.only_adds_the_tool(change.path, before.lines, now)
