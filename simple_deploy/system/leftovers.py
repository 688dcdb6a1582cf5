"""What processes left that were killed while they wrote: found by its name, removed once its maker is gone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path

from simple_deploy.system import files, process

#: Seconds after which what a process on another computer, or in another container, made is left over.
OLD = 600.0

_MAKER = re.compile(r"\.(?P<pid>\d+)(?:-(?P<host>[0-9a-f]{6})-[0-9a-f]{8})?\.tmp")


def is_left(path: Path) -> bool:
    """Whether whoever made *path*, by a name of :func:`files.temporary`, is gone."""
    made = _MAKER.search(path.name)
    if made is not None and made["host"] in (None, files.host_mark()):
        return not process.is_alive(int(made["pid"]))
    return is_old(path)


def is_old(path: Path) -> bool:
    """Whether *path* is older than any file is for which it takes a moment to be made.

    One from the future, where the clock was set back, is old too.
    """
    try:
        return abs(time.time() - path.lstat().st_mtime) > OLD
    except OSError:
        return False


def sweep(folders: Iterable[Path]) -> None:
    """Remove what is left in *folders* themselves; those below are not looked into."""
    for folder in folders:
        for path in folder.glob(".*.tmp"):
            if is_left(path):
                files.remove_tree(path)
