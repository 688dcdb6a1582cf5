"""Copies data of a project to its site. Run by the base interpreter, standard library only::

python carry.py database SOURCE TARGET    a consistent copy of a SQLite file, also while it is written to
python carry.py folder   SOURCE TARGET    every file below a folder; symbolic links are left out
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
from contextlib import closing, suppress
from pathlib import Path


def database(source: Path, target: Path) -> str:
    """Copy a SQLite database; *target* appears when it is complete."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as old,
        closing(sqlite3.connect(unfinished)) as new,
    ):
        old.backup(new)
    for leftover in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    for _ in range(60 if sys.platform == "win32" else 0):
        with suppress(PermissionError):  # a scanner may hold what was just written
            unfinished.replace(target)
            break
        time.sleep(0.05)
    else:
        unfinished.replace(target)
    return f"{target.name}: {target.stat().st_size:,} bytes"


def folder(source: Path, target: Path) -> str:
    """Copy a folder's files, keeping those that only *target* has."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = 0
    for here, folders, files in os.walk(source):
        folders[:] = [name for name in folders if not (Path(here) / name).is_symlink()]
        there = target / Path(here).relative_to(source)
        there.mkdir(mode=0o700, exist_ok=True)
        for name in files:
            if not (Path(here) / name).is_symlink():
                shutil.copy2(Path(here) / name, there / name)
                count += 1
    return "1 file" if count == 1 else f"{count:,} files"


def main(arguments: list[str]) -> int:
    what, source, target = arguments
    copy = {"database": database, "folder": folder}[what]
    try:
        sys.stdout.write(copy(Path(source), Path(target)) + "\n")
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"{source} cannot be copied: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
