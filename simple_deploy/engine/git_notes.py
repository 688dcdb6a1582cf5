"""What a platform's program notes in the git folder: remotes, and what git is not to see. It is done on the workbench,
comes into the project with the files, and goes with them when they are undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simple_deploy.core import codec
from simple_deploy.system import files, stored
from simple_deploy.system.git import Git


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came into the project. An address may hold a password, so a remote is kept as the SHA-256 of its own."""

    remotes: Mapping[str, str] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not self.remotes and not self.excluded


@dataclass(frozen=True, slots=True)
class GitNotes:
    """The notes of one run.

    :param git: of the project. :param folder: of the run.
    """

    git: Git
    folder: Path

    @property
    def _file(self) -> Path:
        return self.folder / "git-notes.json"

    def bring(self, bench: Git) -> Brought:
        """Have in the project what was noted on the workbench and is not there yet."""
        there = self.git.remotes()
        new = {name: url for name, url in bench.remotes().items() if name not in there and name != bench.promisor}
        lines = _lines(_exclude(self.git))
        excluded = tuple(line for line in _lines(_exclude(bench)) if line and line not in lines)
        brought = Brought(remotes={name: _digest(url) for name, url in new.items()}, excluded=excluded)
        if brought.is_nothing:
            return brought
        files.write_atomic(self._file, json.dumps(codec.to_data(brought)))
        for name, url in new.items():
            self.git("remote", "add", name, url)
        if excluded:
            _write(_exclude(self.git), [*lines, *excluded])
        return brought

    def take_back(self) -> Brought:
        """Remove what was brought and is still as it was; nothing where nothing was."""
        brought = stored.known(Brought, self._file) or Brought()
        for name, url in self.git.remotes().items():
            if brought.remotes.get(name) == _digest(url):
                self.git("remote", "remove", name)
        if brought.excluded:
            path = _exclude(self.git)
            _write(path, [line for line in _lines(path) if line not in brought.excluded])
        self._file.unlink(missing_ok=True)
        return brought


def _exclude(git: Git) -> Path:
    return git.common_folder / "info" / "exclude"


def _lines(path: Path) -> list[str]:
    return (stored.text(path) or "").splitlines()


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(exist_ok=True)
    mode = files.permissions(path) if path.exists() else 0o644
    files.write_atomic(path, "".join(f"{line}\n" for line in lines), mode=mode)


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8")).hexdigest()
