"""The git program: asked without a trace, and told to change things; and what its answers mean.

The format of a status is that of git-status(1), "Porcelain Format Version 2".
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from simple_deploy.core.errors import CommandFailed, StepError
from simple_deploy.core.interfaces import Completed, Runner
from simple_deploy.system import process
from simple_deploy.system.git_text import entry_and_path, unquote

#: Never ask on a terminal, never translate messages, never write the index just to look at it.
ENV = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}

#: Settings of the project's own repository that decide how bytes are checked out.
_CARRIED = (
    r"^core\.(autocrlf|eol|attributesfile|symlinks|filemode|longpaths|ignorecase)$",
    r"^filter\..*$",
)

#: Settings that decide whether and how commits are signed.
_SIGNING = r"^(commit\.gpgsign|user\.signingkey|gpg\..*)$"

#: Settings of a repository's own that decide who commits and where to it is pushed.
_AS_OWNER = r"^(user|remote|branch|url|push|credential)\..*$"

#: Paths are printed as :func:`unquote` reads them.
_PLAIN = ("-c", "core.quotePath=true")

#: What git and the programs that sign print when that fails.
_NOT_SIGNED = ("sign the data", "gpg", "load public key", "load key", "signingkey", "failed to write commit object")

#: The remote, on the workbench of a partial clone, that has the missing objects.
_PROMISOR = "promisor"

#: Files are laid out with the line ends that they have in the commit, whatever is usual on this computer.
AS_COMMITTED = ("-c", "core.autocrlf=false", "-c", "core.eol=lf")

#: Older versions lack what reading the state and preparing the workbench need.
OLDEST = (2, 20)

PATIENCE = 60.0  # seconds

_ON_A_LINE = 100  # paths

#: No question on a terminal, no translated message, no write to the index, and none of the variables that a git hook
#: sets and that would lead to another repository.
READING: Mapping[str, str] = MappingProxyType(
    {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        "GIT_DIR": "",
        "GIT_WORK_TREE": "",
        "GIT_INDEX_FILE": "",
        "GIT_PREFIX": "",
        "GIT_COMMON_DIR": "",
        "GIT_OBJECT_DIRECTORY": "",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one git command said."""

    returncode: int
    lines: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return self.returncode == 0

    @property
    def complaint(self) -> str:
        """Why it failed, in git's own words."""
        fatal = [line.removeprefix("fatal: ") for line in self.lines if line.startswith("fatal: ")]
        return fatal[0] if fatal else next(iter(self.lines), "")


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one folder."""

    folder: Path
    run: Runner

    def __call__(
        self,
        *arguments: str,
        check: bool = True,
        env: dict[str, str] | None = None,
        stdin: str | None = None,
        timeout: float = 120.0,
    ) -> Completed:
        return self.run(
            ("git", *arguments),
            cwd=self.folder,
            env={**ENV, **(env or {})},
            stdin=stdin,
            check=check,
            timeout=timeout,
        )

    def ask(self, *arguments: str, stdin: str | None = None) -> Answer:
        """Ask without ever writing the index, and without the settings that a git hook makes.

        Quoted paths are plain ASCII, so a runner that hands on lines of text loses nothing, and a warning among them
        is a line of its own.

        :raises ToolMissing: there is no git program.
        """
        lines: list[str] = []
        done = self.run(
            ("git", "-c", "core.quotePath=true", "-c", "core.fsmonitor=false", *arguments),
            cwd=self.folder,
            env=READING,
            stdin=stdin,
            timeout=PATIENCE,
            check=False,
            on_line=lines.append,
        )
        return Answer(returncode=done.returncode, lines=tuple(lines))

    def line(self, *arguments: str, check: bool = True, env: dict[str, str] | None = None) -> str:
        """The command's one line of output; empty when it failed and *check* is false."""
        done = self(*arguments, check=check, env=env)
        return done.output.strip() if done.ok else ""

    def head(self) -> str | None:
        return self.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False) or None

    def setting(self, name: str) -> str:
        return self.line("config", "--get", name, check=False)

    def identity(self) -> dict[str, str]:
        """Who commits here, as environment variables.

        :raises StepError: git knows nobody.
        """
        name, email = self.setting("user.name"), self.setting("user.email")
        done = self("var", "GIT_COMMITTER_IDENT", check=False)
        if not done.ok or not (name and email):
            ident = done.output.rsplit(" ", 2)[0] if done.ok else ""
            if "<" in ident and ident.endswith(">"):
                name, email = ident[: ident.index("<")].strip(), ident[ident.index("<") + 1 : -1]
        if not name or not email:
            raise StepError(
                "Git does not know who you are, so it cannot commit.",
                hint='Run: git config user.name "Your Name" and git config user.email you@example.com',
            )
        return {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
        }

    def carried_settings(self) -> tuple[str, ...]:
        """``-c name=value`` arguments that make a clone treat bytes as this repository does."""
        return tuple(part for pattern in _CARRIED for part in self._as_arguments("--local", "--get-regexp", pattern))

    def signing(self) -> tuple[str, ...]:
        """``-c name=value`` arguments that make another clone sign commits as they are signed here."""
        return self._as_arguments("--get-regexp", _SIGNING)

    def _as_arguments(self, *which: str) -> tuple[str, ...]:
        listed = self("config", *which, check=False).output.splitlines()
        return tuple(part for line in listed if " " in line for part in ("-c", line.replace(" ", "=", 1)))

    @property
    def signs(self) -> bool:
        """Whether commits are signed without being told."""
        return self.line("config", "--type=bool", "--get", "commit.gpgSign", check=False) == "true"

    @property
    def common_folder(self) -> Path:
        """The git folder, of all worktrees together."""
        return (self.folder / self.line("rev-parse", "--git-common-dir")).resolve()

    @property
    def is_shallow(self) -> bool:
        return (self.common_folder / "shallow").is_file()

    def share_gaps(self, original: Git) -> None:
        """Know which objects *original*, whose objects are shared, does not have: those of a shallow or partial clone.

        Without that a missing object looks like damage.
        """
        if original.is_shallow:
            shutil.copyfile(original.common_folder / "shallow", self.common_folder / "shallow")
        promised = original.line("config", "--get-regexp", r"^remote\..*\.promisor$", check=False).split(" ")[0]
        if promised:
            remote = promised.removesuffix(".promisor")
            self("config", "core.repositoryFormatVersion", "1")
            self("config", "extensions.partialClone", _PROMISOR)
            self("config", f"remote.{_PROMISOR}.promisor", "true")
            self("config", f"remote.{_PROMISOR}.url", original.line("config", "--get", f"{remote}.url", check=False))

    def share_attributes(self, original: Git) -> None:
        """Treat bytes as *original* does by attributes that are not committed."""
        source = original.common_folder / "info" / "attributes"
        if source.is_file():
            target = self.common_folder / "info" / "attributes"
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)

    def remotes(self) -> dict[str, str]:
        """Address by name."""
        listed = self("config", "--local", "--get-regexp", r"^remote\..*\.url$", check=False).output.splitlines()
        pairs = (line.partition(" ") for line in listed)
        return {key.removeprefix("remote.").removesuffix(".url"): url for key, _, url in pairs if url}

    @property
    def promisor(self) -> str:
        """The name of the remote that a workbench has in the place of a partial clone's own."""
        return _PROMISOR

    def stand_in_for(self, original: Git) -> None:
        """Have the branch, the name and the remotes of *original*, whose clone this is: what is run here then does
        what it would do there.

        :raises StepError: *original* stands on no branch.
        """
        branch = original.line("symbolic-ref", "--quiet", "HEAD", check=False)
        if not branch:
            raise StepError(
                "Your repository is not on a branch, so there is no branch to send.",
                hint="Go to one first, for example with: git switch main",
            )
        self("update-ref", branch, "HEAD")
        self("symbolic-ref", "HEAD", branch)
        if "origin" in self.remotes():
            self("remote", "remove", "origin")
        listed = original("config", "--local", "--get-regexp", _AS_OWNER, check=False).output.splitlines()
        for name, _, value in (line.partition(" ") for line in listed):
            self("config", "--local", "--add", name, value)

    def changed_since(self, commit: str, index: Path) -> tuple[str, ...]:
        """Paths that differ from *commit*, new ones too, and what is ignored left aside.

        :param index: a file to use in the place of the index; it is removed again.
        """
        env = {"GIT_INDEX_FILE": str(index)}
        try:
            self("read-tree", commit, env=env)
            self("add", "--all", "--", ":/", env=env)
            found = self(*_PLAIN, "diff", "--cached", "--name-only", "--no-renames", commit, env=env)
        finally:
            index.unlink(missing_ok=True)
        return tuple(unquote(line) for line in found.output.splitlines() if line)

    def added_since(self, commit: str) -> str:
        """The lines of files in the index that are not in *commit*; those of a file that only moved are there."""
        found = self(*_PLAIN, "diff", "--no-ext-diff", "--no-color", "--unified=0", "--find-renames", "--text", commit)
        lines = found.output.splitlines()
        return "\n".join(line[1:] for line in lines if line.startswith("+") and not line.startswith("+++ "))

    def in_commit(self, commit: str, paths: Collection[str]) -> dict[str, str]:
        """Mode and id of *paths* in *commit*, as ``100644 e69de…``; those that are not there are left out."""
        listed = [
            line
            for some in _portions(paths)
            for line in self(*_PLAIN, "ls-tree", "--full-tree", commit, "--", *some).output.splitlines()
        ]
        return {path: entry.replace(" blob ", " ") for entry, path in map(entry_and_path, listed)}

    def in_index(self, paths: Collection[str], env: dict[str, str] | None = None) -> dict[str, str]:
        """The same of the index; in the middle of a merge a path has several, divided by commas.

        :param env: variables that name another index.
        """
        found: dict[str, str] = {}
        for some in _portions(paths):
            wanted = [f":(top,literal){path}" for path in some]
            listed = self(*_PLAIN, "ls-files", "--full-name", "--stage", "--", *wanted, env=env).output.splitlines()
            for entry, path in map(entry_and_path, listed):
                found[path] = ", ".join(filter(None, (found.get(path), entry.removesuffix(" 0"))))
        return found

    def tracked(self, env: dict[str, str] | None = None) -> frozenset[str]:
        """The paths that are in the index."""
        listed = self(*_PLAIN, "ls-files", "--full-name", env=env).output.splitlines()
        return frozenset(unquote(line) for line in listed if line)

    def set_in_index(self, entries: Mapping[str, str], env: dict[str, str] | None = None) -> None:
        """Set entries that are given as :meth:`in_index` gives them; an empty one removes the path."""
        gone = "".join(f"{path}\0" for path, entry in entries.items() if not entry)
        there = "".join(f"{entry}\t{path}\0" for path, entry in entries.items() if entry)
        if gone:
            self("update-index", "--force-remove", "-z", "--stdin", stdin=gone, env=env)
        if there:
            self("update-index", "-z", "--index-info", stdin=there, env=env)

    def ignored(self) -> tuple[str, ...]:
        """Files that are there and ignored."""
        found = self(*_PLAIN, "ls-files", "--others", "--ignored", "--exclude-standard")
        return tuple(unquote(line) for line in found.output.splitlines() if line)

    def ignores(self, path: str) -> bool:
        """Whether a file at *path* is ignored and in no commit."""
        return self("check-ignore", "--quiet", "--", path, check=False).ok

    def hooks_folder(self) -> Path:
        return (self.folder / self.line("rev-parse", "--git-path", "hooks")).resolve()

    def is_ancestor(self, commit: str, of: str) -> bool:
        return self("merge-base", "--is-ancestor", commit, of, check=False).ok

    def has(self, commit: str) -> bool:
        """Whether a branch, a tag or HEAD has *commit* in its history."""
        if self.is_ancestor(commit, "HEAD"):
            return True
        return bool(self.line("for-each-ref", "--count=1", "--contains", commit, check=False))


def remove_stale_locks(git: Git, *, since: float) -> None:
    """Remove the locks of a git that was killed in the middle of its work, as git's own message about them advises.

    :param since: older ones are somebody else's. Where a git is at work none is touched.
    """
    folder = git.folder / git.line("rev-parse", "--git-common-dir")
    own = git.folder / git.line("rev-parse", "--git-dir")
    found = {*own.glob("*.lock"), *folder.glob("*.lock"), *(folder / "refs").rglob("*.lock")}
    stale = [path for path in found if path.stat().st_mtime >= since]
    if stale and not process.works_in("git", git.folder):
        for path in stale:
            path.unlink(missing_ok=True)


def commit_paths(
    git: Git,
    *,
    message: str,
    paths: Sequence[str],
    identity: dict[str, str],
    hooks: Path | None,
    signing: tuple[str, ...] = (),
    programs: Sequence[str] = (),
) -> str:
    """Commit exactly *paths* in *git*'s folder, its own hooks included; returns the new commit.

    :param signing: see :meth:`Git.signing`.
    :param programs: those of *paths* that can be executed; not every file system knows.
    :raises StepError: a hook refused, or git did.
    """
    git("add", "--all", "--force", "--", *paths)
    if programs:
        git("update-index", "--chmod=+x", "--", *programs)
    return commit_staged(git, message=message, identity=identity, hooks=hooks, signing=signing)


def commit_staged(
    git: Git, *, message: str, identity: dict[str, str], hooks: Path | None, signing: tuple[str, ...] = ()
) -> str:
    """The same with all that is staged."""
    if git("diff", "--cached", "--quiet", check=False).ok:
        return git.line("rev-parse", "HEAD")
    hook_setting = ("-c", f"core.hooksPath={hooks}") if hooks is not None else ()
    try:
        git(*hook_setting, *signing, "commit", "--quiet", "-m", message, env=identity, timeout=600)
    except CommandFailed as error:
        raise refused(error) from error
    return git.line("rev-parse", "HEAD")


def refused(error: CommandFailed) -> StepError:
    """What a commit that was refused means."""
    return StepError("Git refused the commit: " + " / ".join(error.tail[-5:]), hint=_way_out(error.tail))


def _way_out(tail: Sequence[str]) -> str:
    """What to do about a commit that was refused, out of what git or a hook said."""
    text = "\n".join(tail).lower()
    if any(sign in text for sign in _NOT_SIGNED):
        return (
            "Your commits are signed, and the key could not be used from here. Unlock it by signing something in a "
            "terminal, or turn it off for this project: git config commit.gpgSign false"
        )
    return (
        "If one of your hooks refused the message: give one that it accepts with --commit-message, which --undo takes "
        "too, or in the field “Commit message” of the page. If it refused the files: make them pass it, or go to a "
        "branch it lets you commit to (git switch -c deploy), and try again. Or configure only, without a commit, and "
        "commit the files yourself. Nothing was changed."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository that holds a folder.

    :param root: absolute path of its working tree.
    :param git_dir: absolute path of its git folder; a worktree has one of its own.
    """

    root: Path
    git_dir: Path


def find(folder: Path, runner: Runner) -> Repository | None:
    """The repository that holds *folder*, or None when there is none.

    :raises ToolMissing: there is no git program.
    :raises StepError: git will not read the repository; the message is its own.
    """
    answer = Git(folder, runner).ask("rev-parse", "--absolute-git-dir", "--show-prefix", "--show-toplevel")
    if answer.ok and len(answer.lines) >= 3:
        git_dir, prefix, _ = answer.lines[-3:]
        # The prefix, not the path git spells: that may be written in another way than ours (/c/…, a subst drive).
        root = folder.resolve()
        for _ in [part for part in prefix.split("/") if part]:
            root = root.parent
        return Repository(root=root, git_dir=Path(git_dir))
    if "not a git repository" in answer.complaint:
        return None
    raise StepError(answer.complaint or "git gave no answer")


def is_ignored(path: Path, runner: Runner) -> bool:
    """Whether the repository around *path* ignores it."""
    return Git(path.parent, runner).ask("check-ignore", "--quiet", "--", path.name).ok


def same_folder(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other


def too_old(version: str) -> bool:
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    return bool(numbers) and numbers < OLDEST


def _portions(paths: Collection[str]) -> Iterator[list[str]]:
    """*paths* in lists that fit on a command line, that of Windows too; none where there are none, since git would
    take that for all."""
    every = [*paths]
    return (every[start : start + _ON_A_LINE] for start in range(0, len(every), _ON_A_LINE))


def common_dir(git_dir: Path) -> Path:
    """The git folder that all worktrees of a repository share."""
    try:
        return git_dir / (git_dir / "commondir").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        return git_dir
