"""Writing files so that a reader, or a crash, never meets half of one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterable
from io import FileIO
from pathlib import Path

from simple_deploy.core.errors import StateUnusable

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes | None:
    """The file's bytes, or None when there is no such file."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def private_folder(path: Path) -> Path:
    """*path*, made with its missing parents, for its owner only."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)
    return path


def make_private(folder: Path) -> None:
    """Close an existing folder for everybody but its owner. File systems without permissions are taken as they are.

    :raises OSError: it belongs to somebody else.
    """
    if os.name != "nt" and permissions(folder) & 0o077:
        folder.chmod(PRIVATE_FOLDER)


def write_durably(path: Path, data: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Write *data* and wait until it is on the disk; *path* must not be looked at by anyone yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)


def replace(source: Path, target: Path) -> None:
    """Rename *source* over *target* atomically. On Windows a reader may hold the target for a moment."""
    for attempt in range(40 if sys.platform == "win32" else 1):
        try:
            source.replace(target)
            break
        except PermissionError:
            if attempt == 39 or sys.platform != "win32":
                raise
            time.sleep(0.025)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # a folder cannot be opened there; the rename itself is durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: bytes | str, *, mode: int = PRIVATE_FILE) -> None:
    """Write *path* as a whole or not at all.

    :raises OSError: no space, no permission.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write_durably(temporary, raw, mode=mode)
        replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_new(path: Path, data: bytes) -> bool:
    """Make *path* with all of *data* at once; False, and nothing changed, when it is there already.

    :raises OSError: no space, no permission.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        write_durably(temporary, data)
        try:
            os.link(temporary, path)  # unlike a rename it refuses to replace
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            if path.exists():
                return False
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def append(file: FileIO, data: bytes) -> int:
    """Write all of *data* at the end of an unbuffered *file*, or none of it. Returns where it begins, in bytes.

    :raises OSError: no space.
    """
    end = file.seek(0, os.SEEK_END)
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(end)
        raise
    return end


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def unusable(folder: Path, error: OSError) -> StateUnusable:
    """The error to raise when the state folder cannot be written."""
    return StateUnusable(
        f"The folder {folder} cannot be written: {error.strerror or error}.",
        hint="Free some disk space, or make the folder writable for your user, and try again. "
        "Your project was not changed by this.",
    )


def remove_tree(path: Path) -> None:
    """Remove a file, a socket or a whole folder, read-only files (as git makes) too.

    What is not there, or is removed by somebody else meanwhile, is no error.
    """
    if path.is_symlink() or not path.is_dir():
        if os.path.lexists(path):
            _unlink(path)
        return
    with contextlib.suppress(FileNotFoundError):
        for child in list(path.iterdir()):
            remove_tree(child)
        path.rmdir()


def least_recent(paths: Iterable[Path], *, keep: int) -> list[Path]:
    """All of *paths* but the *keep* changed last, the oldest first; without those that somebody removes meanwhile."""
    changed = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            changed.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(changed)[: max(len(changed) - keep, 0)]]


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        path.chmod(stat.S_IWRITE | stat.S_IREAD)
        path.unlink(missing_ok=True)
