"""Writing files so that a reader, or a crash, never meets half of one."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
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


def age(path: Path, now: float) -> float | None:
    """Seconds since *path* was written, None when it is not there.

    They are never negative: after the clock was set back nobody knows, and what was written "later" counts as old.
    """
    try:
        return abs(now - path.stat().st_mtime)
    except OSError:
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
    """Rename *source* over *target* atomically."""
    _patiently(lambda: source.replace(target))
    sync_folder(target.parent)


def rename(source: Path, target: Path) -> None:
    """Rename *source* to *target*, a name that nobody else uses."""
    _patiently(lambda: source.rename(target))


def place(source: Path, target: Path) -> None:
    """Rename *source* to *target*, where nothing may be yet.

    :raises FileExistsError: something is there; both stay as they are.
    """
    if sys.platform == "win32":
        rename(source, target)  # which refuses to replace there
        return
    if _rename_at_once(source, target, _NO_REPLACE):
        return
    if source.is_dir() and not source.is_symlink():
        source.rename(target)
        return
    try:
        os.link(source, target, follow_symlinks=False)  # unlike a rename it refuses to replace
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.EXDEV, errno.ENOENT):
            raise
        # A file system without hard links: take the name first.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        source.replace(target)
    else:
        source.unlink()


def exchange(one: Path, other: Path) -> None:
    """Give each of two files the other's name: in one step where the system can, otherwise by three renames.

    A process that dies between those leaves what was *one* at :func:`on_its_way`.

    :raises FileExistsError: somebody made a new *one* between those renames; what it was is at :func:`on_its_way`.
    """
    if _rename_at_once(one, other, _EXCHANGE):
        return
    way = on_its_way(other)
    rename(one, way)
    try:
        place(other, one)
    except FileExistsError:
        raise
    except OSError:
        place(way, one)
        raise
    rename(way, other)


def on_its_way(other: Path) -> Path:
    """Where a file lies for the moment in which it is exchanged for *other* by renames."""
    return other.with_name(f"{other.name}.way")


#: Flags of renameat2(2) on Linux and renamex_np(2) on macOS, from their headers.
_NO_REPLACE = {"linux": 1, "darwin": 4}
_EXCHANGE = {"linux": 2, "darwin": 2}


def _rename_at_once(one: Path, other: Path, flags: Mapping[str, int]) -> bool:
    """False, and nothing changed, where that fails or the system has no such call."""
    try:
        import ctypes

        library = ctypes.CDLL(None)
        names = os.fsencode(one), os.fsencode(other)
        done: int = -1
        if sys.platform == "linux":
            here = -100  # AT_FDCWD
            done = library.renameat2(here, names[0], here, names[1], flags[sys.platform])
        elif sys.platform == "darwin":
            done = library.renamex_np(*names, flags[sys.platform])
    except (ImportError, OSError, TypeError, AttributeError):  # Python without libffi, or another C library
        return False
    return done == 0


def _patiently(rename: Callable[[], object]) -> None:
    """On Windows a reader or a scanner may hold a file for a moment."""
    for _ in range(39 if sys.platform == "win32" else 0):
        try:
            rename()
            return
        except FileExistsError:
            raise
        except PermissionError:
            time.sleep(0.025)
    rename()


def sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # a folder cannot be opened there; the rename itself is durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Nobody else, in any process or thread, is in here for the same *folder* at the same time.

    The system ends it with the process. File systems without such locks let everybody in.
    """
    try:
        descriptor = _open_for_lock(folder)
    except OSError:
        yield
        return
    try:
        with contextlib.suppress(OSError):
            _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _open_for_lock(folder: Path) -> int:
        return os.open(folder / ".alone", os.O_RDWR | os.O_CREAT | os.O_NOINHERIT, PRIVATE_FILE)

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # tries for ten seconds

else:
    import fcntl

    def _open_for_lock(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def temporary(path: Path) -> Path:
    """A name beside *path* for what is to become it; :mod:`simple_deploy.system.leftovers` reads who made it."""
    return path.with_name(f".{path.name}.{os.getpid()}-{host_mark()}-{secrets.token_hex(4)}.tmp")


def host_mark() -> str:
    """Stands for this computer in names of files."""
    return hashlib.sha256(socket.gethostname().encode("utf-8", "replace")).hexdigest()[:6]


def write_atomic(path: Path, data: bytes | str, *, mode: int = PRIVATE_FILE) -> None:
    """Write *path* as a whole or not at all.

    :raises OSError: no space, no permission.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    beside = temporary(path)
    try:
        write_durably(beside, raw, mode=mode)
        replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_new(path: Path, data: bytes) -> bool:
    """Make *path* with all of *data* at once; False, and nothing changed, when it is there already.

    :raises OSError: no space, no permission.
    """
    beside = temporary(path)
    try:
        write_durably(beside, data)
        place(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink(missing_ok=True)
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
