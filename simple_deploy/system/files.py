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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path, PurePath, PureWindowsPath
from typing import TypeVar

from simple_deploy.core.errors import StateUnusable

T = TypeVar("T")

PRIVATE_FILE = 0o600
PROGRAM_FILE = 0o755
PRIVATE_FOLDER = 0o700

#: Seconds between attempts at what somebody else may stand in the way of. On Windows a scanner, an indexer or a reader
#: holds a file for a moment, and neither it nor the folders it is in can be renamed or removed meanwhile.
PAUSES: Sequence[float] = (0.01, 0.02, 0.05, *[0.1] * 30) if sys.platform == "win32" else ()


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
        folder.mkdir(mode=_mode_of_new(folder), exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)
    return path


def _mode_of_new(folder: Path) -> int:
    """On Windows a person's folder is private already, and Python 3.13 makes one with this mode for administrators too.

    Programs that give up an administrator's rights, as PostgreSQL does, could not enter it.
    """
    return 0o777 if sys.platform == "win32" and folder.is_relative_to(Path.home()) else PRIVATE_FOLDER


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
    patiently(lambda: source.replace(target))
    sync_folder(target.parent)


def rename(source: Path, target: Path) -> None:
    """Rename *source* to *target*, a name that nobody else uses."""
    patiently(lambda: source.rename(target))


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


def patiently(act: Callable[[], T], pauses: Sequence[float] = PAUSES) -> T:
    """What *act* returns, which is tried again after each of *pauses* (seconds) while somebody holds a file.

    :raises OSError: the last attempt's; one that no waiting helps against is raised at once.
    """
    for pause in pauses:
        try:
            return act()
        except FileExistsError:
            raise
        except OSError as error:
            if not _may_pass(error):
                raise
            time.sleep(pause)
    return act()


def _may_pass(error: OSError) -> bool:
    """Whether it can come from a file that somebody holds; a removed one stays in its folder until all let go."""
    return isinstance(error, PermissionError) or error.errno == errno.ENOTEMPTY


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


def remove_empty(path: Path, top: Path) -> None:
    """Remove the folder *path*, and then those above it up to *top*, as long as each is empty."""
    with contextlib.suppress(OSError):
        for folder in (path, *path.parents):
            if not folder.is_relative_to(top):
                return
            folder.rmdir()


def remove_tree(path: Path) -> None:
    """Remove a file, a socket or a whole folder, read-only files (as git makes) too.

    What is not there, or is removed by somebody else meanwhile, is no error. Links and junctions go, and what they lead
    to stays.
    """
    top = any_length(path.absolute()) if sys.platform == "win32" else os.fspath(path)
    try:
        status = os.lstat(top)
    except (FileNotFoundError, NotADirectoryError):
        return
    if is_own_folder(status):
        _remove_folder(top)
    else:
        _unlink(top)


def is_own_folder(status: os.stat_result) -> bool:
    """Whether that is a folder, and no link or junction, which is one by its mode on Windows.

    Other reparse points, such as those of folders in a cloud storage, hold what is in them.
    """
    is_junction = getattr(status, "st_reparse_tag", 0) == _JUNCTION
    return stat.S_ISDIR(status.st_mode) and not is_junction


_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT in winnt.h


def any_length(path: str | PurePath) -> str:
    """*path*, which has to be absolute, as Windows takes it at any length: others may have 259 characters.

    https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation
    """
    text = str(PureWindowsPath(str(path)))
    if text.startswith("\\\\?\\"):
        return text
    return "\\\\?\\UNC" + text[1:] if text.startswith("\\\\") else "\\\\?\\" + text


def _remove_folder(folder: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        with os.scandir(folder) as found:
            entries = list(found)
        for entry in entries:
            if _is_own_folder(entry):
                _remove_folder(entry.path)
            else:
                _unlink(entry.path)
        patiently(Path(folder).rmdir)


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    """As :func:`is_own_folder`, from what the list of the folder holds: no further call of the system."""
    if sys.platform == "win32":
        return is_own_folder(entry.stat(follow_symlinks=False))
    return entry.is_dir(follow_symlinks=False)


def size(path: Path) -> int:
    """Bytes in the files at and below *path*, links not followed; what goes away meanwhile counts nothing."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(folder, name).lstat().st_size
    return total


def least_recent(paths: Iterable[Path], *, keep: int) -> list[Path]:
    """All of *paths* but the *keep* changed last, the oldest first; without those that somebody removes meanwhile."""
    changed = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            changed.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(changed)[: max(len(changed) - keep, 0)]]


def _unlink(name: str) -> None:
    path = Path(name)
    with contextlib.suppress(FileNotFoundError):
        try:
            path.unlink()
        except PermissionError:  # Windows: it is read-only, or somebody holds it
            path.chmod(stat.S_IWRITE | stat.S_IREAD)
            patiently(path.unlink)
