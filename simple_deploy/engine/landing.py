"""Bringing approved bytes, and the commit that holds them, into the project; and taking both back."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import FilesChanged, NothingToUndo, SimpleDeployError, StalePlan
from simple_deploy.core.events import FileVerb
from simple_deploy.core.interfaces import Runner
from simple_deploy.core.plan import FileChange
from simple_deploy.engine import workbench
from simple_deploy.engine.git_snapshot import Kept
from simple_deploy.engine.index import Index
from simple_deploy.engine.journal import Entry, Journal, NewBytes, OnFile, Record
from simple_deploy.engine.swap import Seen
from simple_deploy.engine.workbench import Workbench
from simple_deploy.system.files import remove_tree, sha256, write_durably
from simple_deploy.system.git import Git, remove_stale_locks


@dataclass(frozen=True, slots=True)
class Lander:
    """Lands one run's changes in the project at *project*.

    :param folder: the run's own folder, where the journal is kept.
    :param run: one that is not cancelled: half of a change is no change.
    :param tell: is told what somebody should know who finds their own work in another place than expected.
    """

    project: Path
    folder: Path
    run: Runner
    tell: Callable[[str], None] = lambda text: None

    @property
    def git(self) -> Git:
        return Git(self.project, self.run)

    @property
    def journal(self) -> Journal:
        return Journal(self.project, self.folder)

    @property
    def kept(self) -> Kept:
        return Kept(self.git, self.folder)

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
                hint="Plan again. What was created on the platform is still there.",
            )
        self.git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(bench.folder), commit)
        paths = tuple(change.path for change in changes if not change.private)
        self.journal.apply(
            new,
            moved=(bench.base, commit),
            finish=lambda: self.move(bench.base, commit, paths),
            is_final=lambda: self.git.head() == commit,
            on_file=on_file,
        )

    def _approved(self, bench: Workbench, change: FileChange) -> NewBytes:
        data = bench.read(change.path)
        if (None if data is None else sha256(data)) != change.after:
            raise StalePlan(
                f"The prepared text of {change.path} is not the text that you approved.",
                hint="Plan again and look at the new preview.",
            )
        return NewBytes(path=change.path, before=change.before, data=data, mode=change.mode, private=change.private)

    def move(self, old: str, new: str, paths: Sequence[str]) -> None:
        """Move the branch from one commit to the next, and the index for *paths*."""
        try:
            self.git("update-ref", "-m", "simple_deploy: deploy", "HEAD", new, old)
        except BaseException:
            if self.git.head() != new:
                raise
        # The branch stands on the commit, so the change is complete. A fault that passes is worth a second try; with
        # one that stays, `git status` says less than the truth.
        for _ in range(2):
            with suppress(SimpleDeployError, OSError):
                self.refresh_index(old, new, paths)
                return

    def refresh_index(self, old: str | None, new: str, paths: Sequence[str]) -> None:
        """Have *paths* in the index as they are in commit *new*, where nothing of the person's is staged.

        :param old: commit before, if there was one.
        """
        after = self.git.in_commit(new, paths)
        before = self.git.in_commit(old, paths) if old else {}

        def is_seen(path: str, entry: str) -> bool:
            return entry == before.get(path, "") or entry.endswith(f" {self._blob_before(path)}")

        wanted = {path: after.get(path, "") for path in paths}

        staged = Index(self.git, self.folder).restage(wanted, is_seen=is_seen)
        if staged:
            self.tell(
                f"What git has staged of {', '.join(staged)} was not touched; "
                "`git status` shows how it differs from the new commit."
            )

    def _blob_before(self, path: str) -> str:
        """The id that the file had for git as it was before the change; empty when there was none."""
        backup = self.journal.backup(path)
        return self.git.line("hash-object", f"--path={path}", str(backup)) if backup.is_file() else ""

    def recover(self) -> bool:
        """Finish or take back what a crash cut short; True when there was something.

        Nothing that the run started may be at work any more.
        """
        record, kept = self.journal.load(), self.kept
        if record is None or record.state != "applying":
            return False
        if kept.exists:
            remove_stale_locks(self.git, since=self.journal.began)
        self.journal.recover(self._is_complete, kept.put_back)
        before = kept.before()
        old = record.moved_from if before is None else before.head
        if kept.head is not None and kept.head != old:
            with suppress(SimpleDeployError, OSError):
                self.refresh_index(old, kept.head, [entry.path for entry in record.entries])
        return True

    def _is_complete(self, record: Record) -> bool:
        if record.moved_to is not None and self.git.has(record.moved_to):
            return True
        return self.kept.has_moved()


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """What a project is without a run that others share files with.

    :param files: the bytes of every file that any of them changed, by path.
    :param seen: SHA-256 of what these files were when this was worked out; None for one that was not there.
    :param branch: what the same files are to be in the branch: bytes by path, or as in that commit; None: as they are.
    :param tip: the last commit that the runs made.
    """

    files: Mapping[str, bytes | None]
    seen: Mapping[str, str | None]
    branch: Mapping[str, bytes | None] | str | None
    tip: str | None


def undo(
    done: Lander,
    undoing: Lander,
    *,
    title: str,
    on_file: OnFile,
    without: Without | None = None,
    first: Callable[[], None] = lambda: None,
    also: Collection[str] = (),
) -> str | None:
    """Take back what *done* landed, keeping a journal in *undoing*'s folder.

    :param title: first line of the commit that reverts.
    :param also: further paths that the commit of *done* took out of git, and that come back into it.
    :param first: what else is to be done before the branch moves; what was kept by *undoing* takes it back.
    :param without: where other runs changed the same files; None when the run's backups are what is left without it.
    :returns: the commit that reverts, when the change had been committed.
    :raises NothingToUndo: the run changed nothing, or was undone already.
    :raises FilesChanged: a file was edited since; nothing was touched.
    """
    record = done.journal.load()
    if record is None or record.state == "undone" or not record.changed_something:
        raise NothingToUndo(
            "That run left nothing to undo: it changed no file, or it has already been undone.",
            hint="`python -m simple_deploy list` shows the runs.",
        )
    if without is None:
        standing = done.journal.standing(record)
        refuse_edited(conflicts(done, record, standing), done.folder)
        changes = done.journal.reversed(record, standing)
        commit = _revert_commit(done, record, title, also)
    else:
        changes = tuple(_to(record, path, data, without.seen[path]) for path, data in without.files.items())
        changes = tuple(each for each in changes if each.before != (None if each.data is None else sha256(each.data)))
        commit = _partial_revert(undoing, without, title)

    def told(path: str, change: FileVerb) -> None:
        on_file(path, change if change == "delete" else "restore")

    def finish() -> None:
        first()
        if commit is not None:
            undoing.move(*commit, [*(without.files if without else (entry.path for entry in record.entries)), *also])

    undoing.journal.apply(
        changes,
        moved=commit,
        final=True,
        finish=finish,
        unfinish=undoing.kept.put_back,
        is_final=lambda: undoing.git.head() == commit[1] if commit is not None else undoing.kept.has_moved(),
        on_file=told,
    )
    tell_late_edits(done, record, undoing.tell)
    done.journal.mark_undone(record, is_needed=without is not None)
    return commit[1] if commit else None


def tell_late_edits(done: Lander, record: Record, tell: Callable[[str], None]) -> None:
    """Say where is what somebody wrote to a file that *done* was swapping at that moment."""
    for path, where in done.journal.late_edits(record):
        tell(f"{path} was written to by another program while that run changed it. What it wrote is in {where}.")


def conflicts(done: Lander, record: Record, standing: Mapping[str, Seen]) -> tuple[str, ...]:
    """Paths that are neither as *done* left them nor as they were before it, as git sees it.

    :param standing: the files as they are.
    """
    return tuple(
        entry.path
        for entry in record.entries
        if standing[entry.path].digest not in (entry.after, entry.before)
        and not _only_checked_out(done, entry, standing[entry.path])
    )


def _only_checked_out(done: Lander, entry: Entry, now: Seen) -> bool:
    """Whether the file is as *done* left it but for its line ends, which git has set as it does on a checkout."""
    if now.kind != "a file" or not done.kept.exists:
        return False
    plain = now.data.replace(b"\r\n", b"\n")
    spelled = next((each for each in (plain, plain.replace(b"\n", b"\r\n")) if sha256(each) == entry.after), None)
    return spelled is not None and len({_for_git(done, entry.path, each) for each in (now.data, spelled)}) == 1


def _for_git(lander: Lander, path: str, data: bytes) -> str:
    """The id of *data* at *path*, after what git does to bytes before it stores them."""
    scratch = lander.folder / f"for-git-{os.getpid()}"
    write_durably(scratch, data)
    try:
        return lander.git.line("hash-object", f"--path={path}", str(scratch))
    finally:
        scratch.unlink()


def refuse_edited(paths: Sequence[str], folder: Path) -> None:
    """:raises FilesChanged: there are *paths* that were edited since."""
    if paths:
        raise FilesChanged(
            "Edited since that run: " + ", ".join(paths) + ". Nothing was touched.",
            paths=paths,
            hint="Put your own edits aside (git stash, or a copy), undo, and bring them back; "
            f"the original files are in {folder / 'backup'}.",
        )


def _to(record: Record, path: str, data: bytes | None, seen: str | None) -> NewBytes:
    entry = next((entry for entry in record.entries if entry.path == path), None)
    mode = entry.mode_back(exists=seen is not None) if entry else None
    return NewBytes(path=path, before=seen, data=data, mode=mode, private=entry.private if entry else False)


def _revert_commit(lander: Lander, record: Record, title: str, also: Collection[str] = ()) -> tuple[str, str] | None:
    """HEAD and a commit on top of it without the run's changes; None when they are not in HEAD's history."""
    git = lander.git
    head = _head_with(git, record.moved_to)
    if head is None or record.moved_to is None or record.moved_from is None:
        return None
    back = git.in_commit(head, also)  # by somebody else, and maybe with other content
    with _index(lander, head) as env:
        paths = [*(entry.path for entry in record.entries), *(path for path in also if path not in back)]
        _stage_originals(git, record.moved_from, paths, env)
        tree = git.line("write-tree", env=env)
    if tree == git.line("rev-parse", f"{head}^{{tree}}"):
        return None  # an undo that was cut short had come as far as its commit
    what = f"This restores the files as they were before commit {record.moved_to[:12]}."
    return head, _commit(lander, tree, f"{title}\n\n{what}")


def _partial_revert(lander: Lander, without: Without, title: str) -> tuple[str, str] | None:
    """The same where other runs' changes stay.

    :raises FilesChanged: one of the files was committed in another state since.
    """
    git, tip = lander.git, without.tip
    head = _head_with(git, tip)
    if head is None or tip is None or without.branch is None:
        return None
    now, then = (git.in_commit(commit, without.files) for commit in (head, tip))
    for path in without.files:
        if now.get(path) != then.get(path) and not _is_committed(git, path):
            raise FilesChanged(
                f"{path} has since been committed in another state and changed again. Nothing was changed now.",
                paths=[path],
                hint="Commit what `git status` shows, or undo the newer runs first.",
            )
    with _index(lander, head) as env:
        if isinstance(without.branch, str):
            _stage_originals(git, without.branch, without.files, env)
        else:
            branch, scratch = without.branch, lander.folder / "revert-blob"
            wanted = {path: _stored(git, now.get(path), path, branch[path], scratch) for path in without.files}
            git.set_in_index(wanted, env)
        tree = git.line("write-tree", env=env)
    if tree == git.line("rev-parse", f"{head}^{{tree}}"):
        return None
    return head, _commit(lander, tree, f"{title}\n\nWhat other runs did to the same files stays.")


def _head_with(git: Git, commit: str | None) -> str | None:
    """HEAD, when *commit* is in its history."""
    head = git.head()
    return head if head is not None and commit is not None and git.is_ancestor(commit, head) else None


@contextmanager
def _index(lander: Lander, commit: str) -> Iterator[dict[str, str]]:
    """Variables for an index of its own, which holds *commit*."""
    index = lander.folder / "revert-index"
    env = {"GIT_INDEX_FILE": str(index)}
    try:
        lander.git("read-tree", commit, env=env)
        yield env
    finally:
        index.unlink(missing_ok=True)


def _commit(lander: Lander, tree: str, message: str) -> str:
    """A commit of *tree* on top of HEAD as the project's owner would make it, hooks included, on no branch yet.

    :raises StepError: a hook refused, or git did.
    """
    bench = workbench.create(lander.project, lander.folder / "revert", run=lander.run)
    try:
        commit = bench.commit_tree(message, tree, lander.run)
        lander.git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(bench.folder), commit)
        return commit
    finally:
        remove_tree(bench.folder)


def _is_committed(git: Git, path: str) -> bool:
    """Whether the file is as in HEAD."""
    return not git.line("status", "--porcelain", "--untracked-files=all", "--", f":(literal){path}")


def _stage_originals(git: Git, commit: str, paths: Collection[str], env: dict[str, str]) -> None:
    """Have *paths* in the index as they are in *commit*."""
    originals = git.in_commit(commit, paths)
    git.set_in_index({path: originals.get(path, "") for path in paths}, env)


def _stored(git: Git, now: str | None, path: str, data: bytes | None, scratch: Path) -> str:
    """Store *data* for git; returns the entry for it, with the mode that *now* has, or none."""
    if data is None:
        return ""
    mode = now.partition(" ")[0] if now else "100644"
    write_durably(scratch, data)
    try:
        return f"{mode} {git.line('hash-object', '-w', f'--path={path}', str(scratch))}"
    finally:
        scratch.unlink()
