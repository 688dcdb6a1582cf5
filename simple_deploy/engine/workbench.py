"""A scratch copy of the repository: everything is tried there, so the project itself is touched once, at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypedDict

from simple_deploy.core.errors import PluginError, ProjectError, StepError
from simple_deploy.core.interfaces import Runner
from simple_deploy.engine import swap
from simple_deploy.inspection.git import secret_files
from simple_deploy.system.files import private_folder, read_bytes, remove_tree, write_durably
from simple_deploy.system.git import Git, commit_paths, commit_staged, remove_stale_locks


class AsOwner(TypedDict):
    """How the project's owner commits."""

    identity: dict[str, str]
    hooks: Path | None
    signing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workbench:
    """A clone at *folder*, standing on commit *base* of the project at *project*.

    :param snapshot: True when *base* holds the project's uncommitted work.
    """

    project: Path
    folder: Path
    base: str
    snapshot: bool = False

    def path(self, relative: str) -> Path:
        """:raises PluginError: *relative* leaves the repository or reaches into its git folder."""
        pure = PurePosixPath(relative)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts or pure.parts[0] in {".git", ".simple_deploy"}:
            raise PluginError(f"“{relative}” is not a path inside the project.", hint="Tell the plugin's author.")
        return self.folder.joinpath(*pure.parts)

    def original(self, relative: str) -> bytes | None:
        """The file's bytes in the project, before any change.

        :raises ProjectError: it is a symbolic link or a folder, or lies behind a link.
        """
        self.path(relative)
        found = swap.look_inside(self.project, relative)
        if found.kind not in ("nothing", "a file"):
            raise ProjectError(
                f"{relative} is {found.kind}, not a file of its own.",
                hint="Put a plain file with that name there, then plan again.",
            )
        return None if found == swap.NOTHING else found.data

    def read(self, relative: str) -> bytes | None:
        return read_bytes(self.path(relative))

    def write(self, relative: str, data: bytes, *, mode: int | None = None) -> None:
        path = self.path(relative)
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode is None:
            path.write_bytes(data)
        else:
            write_durably(path, data, mode=mode)

    def seed(self, relative: str) -> bytes | None:
        """Bring the project's own bytes of a file, which git may spell differently (line ends), to the workbench."""
        data = self.original(relative)
        if data is None:
            self.path(relative).unlink(missing_ok=True)
        else:
            self.write(relative, data)
        return data

    def stand_in(self, run: Runner) -> None:
        """Let what is run here find what it would find in the project: the owner's branch, name and remotes.

        :raises StepError: the project stands on no branch.
        """
        Git(self.folder, run).stand_in_for(Git(self.project, run))

    def begin_anew(self, run: Runner) -> None:
        """Have the files of the commit it started from, and no others."""
        git = Git(self.folder, run)
        git("reset", "--quiet", "--hard", self.base)
        git("clean", "--quiet", "--force", "-d", "-x")

    def is_program(self, relative: str) -> bool:
        """Whether the file can be executed, where the file system knows."""
        return os.name != "nt" and bool(self.path(relative).stat().st_mode & 0o100)

    def commit(self, message: str, paths: Iterable[str], run: Runner, *, programs: Sequence[str] = ()) -> str:
        """Commit *paths* as the project's owner would, on their branch and hooks included; returns the commit.

        :param programs: those of *paths* that can be executed.
        :raises PluginError: one of the files usually holds a secret.
        :raises StepError: git knows nobody, a hook refused, or git did.
        """
        wanted = tuple(paths)
        secret = secret_files(wanted)
        if secret:
            raise PluginError(
                f"The plan wants to commit {', '.join(secret)}, which probably holds secrets. Nothing was committed.",
                hint="Once committed, it stays in the history. Tell the plugin's author.",
            )
        return commit_paths(
            Git(self.folder, run), message=message, paths=wanted, programs=programs, **self._as_owner(run)
        )

    def commit_tree(self, message: str, tree: str, run: Runner) -> str:
        """The same with the files of *tree*, which are no news to git, and no others.

        :raises StepError: git knows nobody, a hook refused, or git did.
        """
        git = Git(self.folder, run)
        git("read-tree", "--reset", "-u", tree)
        return commit_staged(git, message=message, **self._as_owner(run))

    def _as_owner(self, run: Runner) -> AsOwner:
        """Stand on the branch of the project's owner; how they commit."""
        project, bench = Git(self.project, run), Git(self.folder, run)
        hooks = project.hooks_folder()
        remove_stale_locks(bench, since=0.0)  # of a run before that was killed while it committed here
        self._go_to_branch(project, bench)
        return {
            "identity": project.identity(),
            "hooks": hooks if hooks.is_dir() else None,
            "signing": project.signing(),
        }

    @staticmethod
    def _go_to_branch(project: Git, bench: Git) -> None:
        """Stand on the branch of the project's owner, so that a hook that protects it sees it."""
        branch = project.line("symbolic-ref", "--quiet", "HEAD", check=False)
        if branch:
            bench("update-ref", branch, "HEAD")
            bench("symbolic-ref", "HEAD", branch)


def create(project: Path, folder: Path, *, run: Runner, allow_dirty: bool = False) -> Workbench:
    """Clone *project* to *folder*, at its HEAD or, if asked, at a snapshot of its uncommitted work.

    :raises StepError: there is no commit yet.
    """
    git = Git(project, run)
    head = git.head()
    if head is None:
        raise StepError("The repository has no commit yet.", hint="Make a first commit, then try again.")
    base = _snapshot(git, head, folder.parent) if allow_dirty else head
    remove_tree(folder)
    private_folder(folder.parent)
    settings = git.carried_settings()
    git(
        "clone",
        "--quiet",
        "--shared",
        "--no-checkout",
        "--template=",
        *_as_clone_config(settings),
        str(project),
        str(folder),
    )
    bench = Git(folder, run)
    bench.share_gaps(git)
    bench.share_attributes(git)
    bench("checkout", "--quiet", "--detach", base)
    return Workbench(project=project, folder=folder, base=base, snapshot=base != head)


def _as_clone_config(settings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("--config" if part == "-c" else part for part in settings)


def _snapshot(git: Git, head: str, scratch: Path) -> str:
    """A commit on top of *head* with the tracked files as they are on the disk; *head* when they are the same.

    Works on a copy of the index, so that not even its time stamps change.
    """
    private_folder(scratch)
    index = scratch / "snapshot-index"
    shutil.copyfile(git.folder / git.line("rev-parse", "--git-path", "index"), index)
    env = {"GIT_INDEX_FILE": str(index)}
    try:
        git("add", "--update", "--", ":/", env=env)
        tree = git.line("write-tree", env=env)
    finally:
        index.unlink(missing_ok=True)
    if tree == git.line("rev-parse", f"{head}^{{tree}}"):
        return head
    return git.line(
        "commit-tree", tree, "-p", head, "-m", "Work in progress, as it was when the plan was made", env=git.identity()
    )
