"""The git commands the engine runs, and what their answers mean."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import CommandFailed, StepError
from simple_deploy.core.ports import Completed, Runner
from simple_deploy.system import process

#: Never ask on a terminal, never translate messages, never write the index just to look at it.
ENV = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}

#: Settings of the project's own repository that decide how bytes are checked out.
_CARRIED = (
    r"^core\.(autocrlf|eol|attributesfile|symlinks|filemode|longpaths|ignorecase)$",
    r"^filter\..*$",
)

#: Settings that decide whether and how commits are signed.
_SIGNING = r"^(commit\.gpgsign|user\.signingkey|gpg\..*)$"

#: What git and the programs that sign print when that fails.
_NOT_SIGNED = ("sign the data", "gpg", "load public key", "load key", "signingkey", "failed to write commit object")

#: The remote, on the workbench of a partial clone, that has the missing objects.
_PROMISOR = "promisor"


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
) -> str:
    """Commit exactly *paths* in *git*'s folder, its own hooks included; returns the new commit.

    :param signing: see :meth:`Git.signing`.
    :raises StepError: a hook refused, or git did.
    """
    git("add", "--all", "--force", "--", *paths)
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
        "If one of your hooks refused the message: give one that it accepts with --commit-message, or in the field "
        "“Commit message” of the page. If it refused the files: make them pass it, or go to a branch it lets you "
        "commit to (git switch -c deploy), and try again. Or configure only, without a commit, and commit the files "
        "yourself. Nothing was changed."
    )
