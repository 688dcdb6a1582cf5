"""Changing single entries of git's index only if they are still what was seen; what else is staged stays as it is."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.system import files
from simple_deploy.system.git import Git

_PATIENCE = 5.0  # seconds for another git to be done


@dataclass(frozen=True, slots=True)
class Index:
    """The index of *git*.

    :param scratch: an existing folder for copies.
    """

    git: Git
    scratch: Path

    def restage(self, wanted: Mapping[str, str], *, is_seen: Callable[[str, str], bool]) -> tuple[str, ...]:
        """Set the entries of files.

        :param wanted: mode and id by path, as :meth:`Git.in_index` gives them; empty for none.
        :param is_seen: whether a path's entry, given the same way, may be replaced.
        :returns: the paths whose entry holds something else, and stays; all of them while another git works there.
        """
        index, copy = self._file, self.scratch / "index-copy"
        with self._locked(index) as lock:
            if lock is None:
                return tuple(wanted)
            env = {"GIT_INDEX_FILE": str(copy)}
            try:
                if index.exists():
                    shutil.copyfile(index, copy)
                now = self.git.in_index(wanted, env)
                other = [path for path, entry in wanted.items() if now.get(path, "") != entry]
                left = [path for path in other if not is_seen(path, now.get(path, ""))]
                self.git.set_in_index({path: wanted[path] for path in other if path not in left}, env)
                self.git("update-index", "-q", "--refresh", env=env, check=False)
                if copy.exists():
                    lock.write_bytes(copy.read_bytes())
                    files.replace(lock, index)
            finally:
                copy.unlink(missing_ok=True)
        return tuple(left)

    @property
    def _file(self) -> Path:
        return self.git.folder / self.git.line("rev-parse", "--git-path", "index")

    @contextmanager
    def _locked(self, index: Path) -> Iterator[Path | None]:
        """The lock that every git takes before it changes the index; None while another one has it."""
        lock, deadline = index.with_name("index.lock"), time.monotonic() + _PATIENCE
        while True:
            try:
                os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
                break
            except FileExistsError:
                if time.monotonic() > deadline:
                    yield None
                    return
                time.sleep(0.05)
        try:
            yield lock
        finally:
            lock.unlink(missing_ok=True)
