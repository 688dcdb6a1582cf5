"""What is copied and removed by the thousand: it lies in memory, and holds only what counts."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 4 * 1024**3  # bytes


@contextmanager
def folder_in_memory(otherwise: Path) -> Iterator[Path]:
    """A folder that is removed at the end; *otherwise* where no memory is to be had, or programs may not run in it."""
    if not _MEMORY.is_dir() or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC or shutil.disk_usage(_MEMORY).free < _ROOM:
        yield otherwise
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY, prefix="simple-deploy-tests-") as folder:
        yield Path(folder)


def light(project: Path) -> Path:
    """*project* without the examples of hooks that git puts into a new repository, which are a third of its files."""
    for example in (project / ".git" / "hooks").glob("*.sample"):
        example.unlink()
    return project
