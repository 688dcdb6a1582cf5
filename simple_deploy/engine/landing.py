"""Bringing approved bytes, and the commit that holds them, into the project; and taking both back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import FilesChanged, NothingToUndo, StalePlan
from simple_deploy.core.plan import FileChange
from simple_deploy.core.ports import Runner
from simple_deploy.engine.files import sha256
from simple_deploy.engine.git import Git
from simple_deploy.engine.journal import Entry, Journal, NewBytes, OnFile, Record
from simple_deploy.engine.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Lander:
    """Lands one run's changes in the project at *project*.

    :param folder: the run's own folder, where the journal is kept.
    """

    project: Path
    folder: Path
    run: Runner

    @property
    def git(self) -> Git:
        return Git(self.project, self.run)

    @property
    def journal(self) -> Journal:
        return Journal(self.project, self.folder)

    def land(self, bench: Workbench, changes: Sequence[FileChange], *, commit: str | None, on_file: OnFile) -> None:
        """Copy the approved bytes into the project and, with *commit*, move the branch to it.

        :raises StalePlan: the bytes on the workbench are not the approved ones, or the branch moved meanwhile.
        :raises FilesChanged: the person edited one of the files meanwhile; nothing was touched.
        """
        new = [self._approved(bench, change) for change in changes]
        # A commit on top of a snapshot would carry the person's unfinished work into their history.
        if commit is None or commit == bench.base or bench.snapshot:
            self.journal.apply(new, on_file=on_file)
            return
        old = self.git.head()
        if old != bench.base:
            raise StalePlan(
                "There is a new commit in your project since the plan was made. Your files were not touched.",
                hint="Plan again; what was created on the platform is found and used again.",
            )
        self.git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(bench.folder), commit)
        paths = tuple(change.path for change in changes)
        self.journal.apply(
            new, moved=(bench.base, commit), finish=lambda: self._move(bench.base, commit, paths), on_file=on_file
        )

    def _approved(self, bench: Workbench, change: FileChange) -> NewBytes:
        data = bench.read(change.path)
        if (None if data is None else sha256(data)) != change.after:
            raise StalePlan(
                f"The prepared text of {change.path} is not the one that was approved.",
                hint="Plan again and look at the new preview.",
            )
        return NewBytes(path=change.path, before=change.before, data=data)

    def _move(self, old: str, new: str, paths: Sequence[str]) -> None:
        self.git("update-ref", "-m", "simple_deploy: deploy", "HEAD", new, old)
        self.refresh_index(paths)

    def refresh_index(self, paths: Sequence[str]) -> None:
        """Make the index agree with HEAD for *paths*, leaving everything else staged as it was."""
        self.git("reset", "--quiet", "--", *paths, check=False)

    def recover(self) -> bool:
        """Finish or take back what a crash cut short; True when there was something."""
        record = self.journal.load()
        if not self.journal.recover(lambda: self.git.head()):
            return False
        if record is not None:
            self.refresh_index([entry.path for entry in record.entries])
        return True


def undo(done: Lander, undoing: Lander, *, title: str, on_file: OnFile) -> str | None:
    """Take back what *done* landed, keeping a journal in *undoing*'s folder.

    :returns: the commit that reverts, when the change had been committed.
    :raises NothingToUndo: the run changed nothing, or was undone already.
    :raises FilesChanged: a file was edited since; nothing was touched.
    """
    record = done.journal.load()
    if record is None or record.state == "undone" or not record.entries:
        raise NothingToUndo(
            "That run left nothing to undo: it changed no file, or was undone already.",
            hint="`python -m simple_deploy list` shows the runs.",
        )
    conflicts = done.journal.conflicts(record)
    if conflicts:
        raise FilesChanged(
            "Edited since that run: " + ", ".join(conflicts) + ". Nothing was touched.",
            paths=conflicts,
            hint="Put your own edits aside (git stash, or a copy), undo, and bring them back; "
            f"the original files are in {done.folder / 'backup'}.",
        )
    changes = done.journal.reversed(record)
    commit = _revert_commit(done, record, title)
    if commit is None:
        undoing.journal.apply(changes, on_file=lambda path, change: on_file(path, "restore"))
    else:
        old, new = commit
        paths = [entry.path for entry in record.entries]
        undoing.journal.apply(
            changes,
            moved=commit,
            finish=lambda: undoing._move(old, new, paths),
            on_file=lambda path, change: on_file(path, "restore"),
        )
    done.journal.mark_undone(record)
    return commit[1] if commit else None


def _revert_commit(lander: Lander, record: Record, title: str) -> tuple[str, str] | None:
    """HEAD and a commit on top of it without the run's changes; None when they are not in HEAD's history."""
    git = lander.git
    head = git.head()
    if (
        record.moved_to is None
        or record.moved_from is None
        or head is None
        or not git.is_ancestor(record.moved_to, head)
    ):
        return None
    index = lander.folder / "revert-index"
    env = {"GIT_INDEX_FILE": str(index)}
    try:
        git("read-tree", head, env=env)
        for entry in record.entries:
            _stage_original(git, record.moved_from, entry, env)
        tree = git.line("write-tree", env=env)
    finally:
        index.unlink(missing_ok=True)
    message = f"Undo: {title}\n\nThis restores the files as they were before commit {record.moved_to[:12]}."
    return head, git.line("commit-tree", tree, "-p", head, "-m", message, env=git.identity())


def _stage_original(git: Git, commit: str, entry: Entry, env: dict[str, str]) -> None:
    listed = git.line("ls-tree", commit, "--", entry.path)
    if listed:
        mode, _, rest = listed.split(" ", 2)
        git("update-index", "--add", "--cacheinfo", f"{mode},{rest.split()[0]},{entry.path}", env=env)
    else:
        git("update-index", "--force-remove", "--", entry.path, env=env)
