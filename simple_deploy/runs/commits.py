"""Commits of the project: what is new since a deployment, and what lies between two releases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.inspection import migrations
from simple_deploy.inspection.migrations import Migration
from simple_deploy.system.git import Git

#: Commits that are listed; of more, only their number is said.
LISTED = 20

_FIELD, _RECORD = "%x1f", "%x1e"
_SHAPE = f"--format=%h{_FIELD}%s{_FIELD}%an{_FIELD}%ct{_RECORD}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """:param when: seconds since the epoch."""

    id: str
    subject: str
    author: str
    when: float


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is committed and not deployed.

    :param commits: the newest first, at most :data:`LISTED` of *count*. :param paths: files that they change.
    :param migrations: that came with them, and run when they are deployed.
    """

    commits: tuple[Commit, ...] = ()
    count: int = 0
    paths: tuple[str, ...] = ()
    migrations: tuple[Migration, ...] = ()

    def worth_asking(self, facts: ProjectFacts) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Kinds of changes that somebody should look at before they are deployed, each with its files."""
        declared = {*facts.dependencies.files, facts.dependencies.file, facts.dependencies.lock}
        own = PurePosixPath(facts.settings.file) if facts.settings and facts.settings.file else None
        found = (
            ("migrations", [path for path in self.paths if "migrations" in PurePosixPath(path).parts]),
            ("packages", [path for path in self.paths if path in declared]),
            ("settings", [path for path in self.paths if own is not None and _belongs_to(own, path)]),
        )
        return tuple((kind, tuple(paths)) for kind, paths in found if paths)


def _belongs_to(settings: PurePosixPath, path: str) -> bool:
    """Whether *path* is the settings module, or lies beside it in a package of settings."""
    other = PurePosixPath(path)
    package = settings.parent.name == "settings"
    return other == settings or (package and other.suffix == ".py" and other.parent == settings.parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """How far a site is behind the project: numbers of commits, and of files that they change."""

    commits: int
    files: int


def behind(git: Git, commit: str) -> Behind | None:
    """What :func:`news` would list, counted; cheap."""
    count = _since(git, commit)
    if count is None:
        return None
    changed = git.line("diff", "--shortstat", commit, "HEAD", check=False) if count else ""
    files = re.match(r"(\d+) file", changed)
    return Behind(commits=count, files=int(files[1]) if files else 0)


def news(git: Git, commit: str) -> News | None:
    """What came after *commit*; None when git cannot tell, as after a rebase that dropped it."""
    count = _since(git, commit)
    if count is None:
        return None
    paths = git("diff", "--name-only", "-z", commit, "HEAD", check=False).output
    return News(
        commits=_listed(git, f"{commit}..HEAD"),
        count=count,
        paths=tuple(path for path in paths.split("\0") if path.strip()),
        migrations=tuple(_migrations(git, commit)),
    )


def _migrations(git: Git, commit: str) -> Iterator[Migration]:
    """Those that HEAD has and *commit* has not."""
    added = git("diff", "--name-only", "--no-renames", "--diff-filter=A", "-z", commit, "HEAD", check=False).output
    for path in sorted(filter(migrations.is_migration, added.split("\0"))):
        yield migrations.read(path, git("show", f"HEAD:{path}", check=False).output)


def _since(git: Git, commit: str) -> int | None:
    """How many commits came after *commit*; None where HEAD does not come from it."""
    if not commit:
        return None
    sides = git.line("rev-list", "--left-right", "--count", f"{commit}...HEAD", check=False).split()
    return int(sides[1]) if len(sides) == 2 and sides[0] == "0" else None


def _listed(git: Git, which: str) -> tuple[Commit, ...]:
    told = git("log", f"--max-count={LISTED}", _SHAPE, which, check=False).output
    return tuple(_commit(record) for record in told.split("\x1e") if record.strip())


def commit_of(git: Git, name: str) -> Commit | None:
    """*name* as git describes it; None when it is not in the repository."""
    told = git("log", "--max-count=1", _SHAPE, name, "--", check=False) if name else None
    return _commit(told.output) if told is not None and told.ok and told.output.strip() else None


def _commit(record: str) -> Commit:
    id, subject, author, when = record.strip().removesuffix("\x1e").split("\x1f")
    return Commit(id=id, subject=subject, author=author, when=float(when))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCount:
    """A file that differs, with the lines that came and went; None for one that is no text."""

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How one commit differs from another.

    :param commits: that the newer one has and the older one has not, the newest first, at most :data:`LISTED` of
        *count*.
    """

    old: Commit
    new: Commit
    commits: tuple[Commit, ...]
    count: int
    files: tuple[FileCount, ...]


def compare(git: Git, one: str, other: str) -> Comparison | None:
    """How two commits differ, the older one first; None where one is not in the repository."""
    old, new = commit_of(git, one), commit_of(git, other)
    if old is None or new is None:
        return None
    if git.is_ancestor(new.id, old.id):
        old, new = new, old
    which = f"{old.id}..{new.id}"
    count = git.line("rev-list", "--count", which, check=False)
    told = git("diff", "--numstat", "-z", "--no-renames", old.id, new.id, check=False).output
    return Comparison(
        old=old,
        new=new,
        commits=_listed(git, which),
        count=int(count) if count.isdecimal() else 0,
        files=tuple(_counted(told)),
    )


def _counted(told: str) -> Iterator[FileCount]:
    for record in told.split("\0"):
        added, _, rest = record.strip("\n").partition("\t")
        removed, _, path = rest.partition("\t")
        if path:
            yield FileCount(
                path=path,
                added=int(added) if added.isdecimal() else None,
                removed=int(removed) if removed.isdecimal() else None,
            )
