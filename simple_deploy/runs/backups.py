"""Backups of deployed sites that the page made: files in the state folder, for their owner only."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import InvalidAnswer
from simple_deploy.system import files

FOLDER = "backups"
_NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{6}\.backup")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """:param size: in bytes. :param made: seconds since the epoch."""

    name: str
    path: Path
    size: int
    made: float


@dataclass(frozen=True, slots=True)
class Backups:
    """The backups below the state folder *root*."""

    root: Path

    def of(self, slug: str) -> tuple[Backup, ...]:
        """Those of the site on platform *slug*, the newest first."""
        found = []
        for path in self._folder(slug).glob("*.backup"):
            try:
                stat = path.stat()
            except OSError:  # it has just been removed
                continue
            if _NAME.fullmatch(path.name) and not path.is_symlink():
                found.append(Backup(name=path.name, path=path, size=stat.st_size, made=stat.st_mtime))
        return tuple(sorted(found, key=lambda each: each.name, reverse=True))

    def get(self, slug: str, name: str) -> Backup:
        """:raises InvalidAnswer: there is none of that name."""
        found = next((each for each in self.of(slug) if each.name == name), None)
        if found is None:
            raise InvalidAnswer("There is no such backup.", hint="The site's page lists the existing ones.")
        return found

    def new(self, slug: str, now: float) -> Path:
        """Where a backup that is made now goes. Its folder is there then."""
        return files.private_folder(self._folder(slug)) / time.strftime("%Y-%m-%d-%H%M%S.backup", time.localtime(now))

    def remove(self, slug: str, name: str) -> None:
        """:raises InvalidAnswer: there is none of that name."""
        self.get(slug, name).path.unlink()

    def _folder(self, slug: str) -> Path:
        if not _SLUG.fullmatch(slug):
            raise InvalidAnswer("There is no such platform.", hint="--list-platforms lists those that are installed.")
        return self.root / FOLDER / slug
