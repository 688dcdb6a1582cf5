"""What a repository was before something that is more than files is done to it, so that it can be put back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core import codec
from simple_deploy.core.errors import StateUnusable
from simple_deploy.system import files, stored
from simple_deploy.system.git import Git

IDENTITY = ("user.name", "user.email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The repository as it was. *own* are the settings it had itself, empty where it had none."""

    exists: bool
    head: str | None
    own: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """The repository of *git*, and what is kept of it.

    A commit, or the whole repository, that came or went is what makes a change complete: it is done last, in one
    moment, and is not taken back.

    :param folder: of the run.
    """

    git: Git
    folder: Path

    @property
    def _file(self) -> Path:
        return self.folder / "repository.json"

    @property
    def exists(self) -> bool:
        return (self.git.folder / ".git").exists()

    @property
    def head(self) -> str | None:
        return self.git.head() if self.exists else None

    def keep(self) -> Before:
        """Note what the repository is now."""
        exists = self.exists
        own = {name: self.own(name) if exists else "" for name in IDENTITY}
        before = Before(exists=exists, head=self.head, own=own)
        if exists and self._index().is_file():
            files.write_atomic(self.folder / "index", self._index().read_bytes())
        files.write_atomic(self._file, json.dumps(codec.to_data(before)))
        return before

    def before(self) -> Before | None:
        """What was noted; None when nothing was."""
        try:
            return stored.load(Before, self._file)
        except stored.Damaged as error:
            raise StateUnusable(
                f"The file {self._file} cannot be read: {error}.",
                hint="It held the repository's settings from before the change; restore them by hand.",
            ) from error

    def has_moved(self) -> bool:
        """Whether there is another commit since, or none any more."""
        before = self.before()
        return before is not None and self.head != before.head

    def put_back(self) -> None:
        """Have everything but commits as it was noted."""
        before = self.before()
        if before is None:
            return
        if not before.exists:
            self.put_aside()
            return
        self.set(before.own)
        self.put_index(self.folder / "index")

    def put_aside(self) -> None:
        """Let there be no repository; nothing of it is deleted."""
        if (self.git.folder / ".git").is_dir():
            target = self.folder / "repository"
            if target.exists():
                target = self.folder / f"repository-{secrets.token_hex(4)}"
            files.rename(self.git.folder / ".git", target)

    def put_index(self, kept: Path) -> None:
        """Have the index as it was when *kept* was made; none when there was none. The one it replaces is kept too."""
        index, data = self._index(), files.read_bytes(kept)
        now = files.read_bytes(index)
        if now is not None and now != data:
            files.write_atomic(self.folder / f"index-{secrets.token_hex(4)}", now)
        if data is None:
            index.unlink(missing_ok=True)
        elif now != data:
            files.write_atomic(index, data, mode=files.permissions(index) if index.exists() else 0o644)

    def untracked(self) -> frozenset[str]:
        """The paths that were in the index when it was noted and are not any more."""
        return self.git.tracked(self._noted) - self.git.tracked() if self._noted else frozenset()

    def staged(self, paths: Collection[str]) -> dict[str, str]:
        """The entries that *paths* had in the index when it was noted."""
        return self.git.in_index(paths, self._noted) if self._noted else {}

    @property
    def _noted(self) -> dict[str, str]:
        """Variables that name the index as it was noted; none where there was none."""
        kept = self.folder / "index"
        return {"GIT_INDEX_FILE": str(kept)} if kept.is_file() else {}

    def own(self, name: str) -> str:
        """A setting of the repository's own."""
        return self.git.line("config", "--local", "--get", name, check=False)

    def set(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            if self.own(name) != value:
                self.git("config", "--local", *([name, value] if value else ["--unset-all", name]))

    def _index(self) -> Path:
        return self.git.folder / self.git.line("rev-parse", "--git-path", "index")
