"""Carries out a mend: writes its files with a journal, runs its commands, and can take both back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import NothingToUndo
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.ports import Runner
from simple_deploy.engine.files import read_bytes, sha256, write_atomic
from simple_deploy.engine.git import Git
from simple_deploy.engine.journal import NewBytes, OnFile
from simple_deploy.engine.landing import Lander, refuse_edited
from simple_deploy.inspection import mends

#: In the results of a mend: the repository it made, or the first commit it made in one that was there; each the commit.
REPOSITORY = "made_repository"
FIRST_COMMIT = "made_first_commit"
#: The settings of the repository that it changed, with what they were before, as JSON.
SETTINGS = "set"

_IDENTITY = ("user.name", "user.email")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """The repository before the mend. *own* are the settings it had itself, empty where it had none."""

    exists: bool
    head: str | None
    own: Mapping[str, str]

    @classmethod
    def of(cls, lander: Lander) -> _Before:
        git, exists = lander.git, (lander.project / ".git").exists()
        own = {name: _own(git, name) if exists else "" for name in _IDENTITY}
        return cls(exists=exists, head=git.head() if exists else None, own=own)


def mend(
    name: str,
    facts: ProjectFacts,
    given: Mapping[str, object],
    *,
    run: Runner,
    lander: Lander,
    on_file: OnFile,
) -> dict[str, str]:
    """Carry out the mend *name*.

    :returns: what undoing it has to know.
    :raises SimpleDeployError: it could not be done; files and repository are as they were.
    """
    described = mends.describe(name, facts, {key: str(value) for key, value in given.items()})
    before = _Before.of(lander)
    if before.exists:
        _keep_index(lander)
    changes = []
    for path, data in described.files:
        now = read_bytes(lander.project / path)
        changes.append(NewBytes(path=path, before=None if now is None else sha256(now), data=data))

    def finish() -> None:
        for argv in described.commands:
            run(argv, cwd=lander.project, env={"LC_ALL": "C"})

    try:
        record = lander.journal.apply(changes, finish=finish, on_file=on_file)
    except BaseException:
        _put_back(lander, before)
        raise
    head = lander.git.head()
    if head is not None and before.head is not None and head != before.head:
        lander.journal.note_commit(record, before.head, head)
    return _results(lander, before, head)


def changed_files(lander: Lander) -> bool:
    """Whether the mend wrote any file."""
    record = lander.journal.load()
    return record is not None and bool(record.entries)


def take_back(results: Mapping[str, str], lander: Lander) -> None:
    """Undo what is not a file: put a repository that the mend made aside, take its first commit back as long as nothing
    was committed since, and forget who commits here. Undoing its files also reverts a later commit of its own.

    :raises NothingToUndo: there are commits of the person's own.
    :raises FilesChanged: a file was edited since; nothing was touched.
    """
    record = lander.journal.load()
    if record is not None:
        refuse_edited(lander.journal.conflicts(record), lander.folder)
    made = results.get(REPOSITORY) or results.get(FIRST_COMMIT)
    if made is not None and lander.git.head() != made:
        raise NothingToUndo(
            "The repository has commits of your own by now, so it stays. Nothing was touched.",
            hint="Delete the folder .git by hand if you really want no repository.",
        )
    if REPOSITORY in results:
        (lander.project / ".git").rename(lander.folder / "repository")
        return
    if FIRST_COMMIT in results:
        lander.git("update-ref", "-d", "HEAD", made or "")
        _restore_index(lander)


def forget(results: Mapping[str, str], lander: Lander) -> None:
    """Put the settings back that the mend changed, which a revert commit of it may still have needed."""
    if REPOSITORY not in results:
        _set(lander.git, json.loads(results.get(SETTINGS, "{}")))


def _results(lander: Lander, before: _Before, head: str | None) -> dict[str, str]:
    found = {}
    if head is not None and before.head is None:
        found[FIRST_COMMIT if before.exists else REPOSITORY] = head
    changed = {name: value for name, value in before.own.items() if _own(lander.git, name) != value}
    return {**found, SETTINGS: json.dumps(changed)} if changed else found


def _put_back(lander: Lander, before: _Before) -> None:
    """Leave the repository as it was before a mend that failed half-way."""
    if not before.exists:
        if (lander.project / ".git").is_dir():
            (lander.project / ".git").rename(lander.folder / "repository")
        return
    _set(lander.git, before.own)
    _restore_index(lander)


def _own(git: Git, name: str) -> str:
    return git.line("config", "--local", "--get", name, check=False)


def _set(git: Git, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        git("config", "--local", *([name, value] if value else ["--unset-all", name]), check=False)


def _index(lander: Lander) -> Path:
    return lander.project / lander.git.line("rev-parse", "--git-path", "index")


def _keep_index(lander: Lander) -> None:
    index = _index(lander)
    if index.is_file():
        write_atomic(lander.folder / "index", index.read_bytes())


def _restore_index(lander: Lander) -> None:
    index, kept = _index(lander), lander.folder / "index"
    if kept.is_file():
        shutil.copyfile(kept, index)
    else:
        index.unlink(missing_ok=True)
