"""The one way in which a file of the project is changed: only if it is still what was seen.

What is in its place is put aside in the same step, and compared then: nobody can come in between. What comes out
different is brought back, so an edit made at any moment is where its owner left it, or beside the backup.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from simple_deploy.system import files

#: Words that go on after “is”.
Kind = Literal[
    "nothing",
    "a file",
    "a symbolic link",
    "behind a symbolic link",
    "a folder",
    "a special file",
    "spelled differently on the disk",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found under a name, read once.

    :param data: a file's bytes, or where a link leads.
    :param mode: permission bits of a file.
    """

    kind: Kind
    data: bytes = field(default=b"", repr=False)
    mode: int = 0

    @property
    def digest(self) -> str | None:
        """SHA-256 of a plain file, None for nothing, and for anything else a text that no file has."""
        if self.kind == "a file":
            return hashlib.sha256(self.data).hexdigest()
        return None if self.kind == "nothing" else self.kind


NOTHING = Seen(kind="nothing")


class Edited(Exception):
    """Something else was there than had been seen.

    :param kept: where a second edit lies, made while the first was brought back; None: all is in its place.
    """

    def __init__(self, target: Path, kept: Path | None = None) -> None:
        super().__init__(str(target))
        self.kept = kept


def look(path: Path) -> Seen:
    """What is at *path* itself; links are not followed.

    :raises OSError: it cannot be read.
    """
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return Seen(kind="a symbolic link", data=os.fsencode(path.readlink()))
        if stat.S_ISDIR(found.st_mode):
            return Seen(kind="a folder")
        if not stat.S_ISREG(found.st_mode):
            return Seen(kind="a special file")
        return _read(path)
    except (FileNotFoundError, NotADirectoryError):
        return NOTHING


def _read(path: Path) -> Seen:
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link by now
            return Seen(kind="a symbolic link")
        raise
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            return Seen(kind="a special file")
        return Seen(kind="a file", data=file.read(), mode=stat.S_IMODE(mode))


def look_inside(root: Path, relative: str) -> Seen:
    """What is at *relative* in the folder *root*. A file behind a link, or spelled differently, is none of that name.

    :param relative: with slashes.
    """
    path = root
    for part in PurePosixPath(relative).parts[:-1]:
        path /= part
        if path.is_symlink():
            return Seen(kind="behind a symbolic link")
    path = root.joinpath(*PurePosixPath(relative).parts)
    found = look(path)
    return found if found.kind != "a file" else _spelled(path, found)


def _spelled(path: Path, found: Seen) -> Seen:
    """*found*, if a file system that does not tell small letters from capitals has it under this very name."""
    try:
        names = os.listdir(path.parent)  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):  # gone since
        return NOTHING
    if path.name in names:
        return found
    same = any(name.casefold() == path.name.casefold() for name in names)
    return Seen(kind="spelled differently on the disk") if same else NOTHING


def swap(target: Path, aside: Path, *, seen: Seen) -> None:
    """Have what is at *aside* at *target*, and the other way round, if *target* is still what was *seen*.

    With nothing at *aside*, *target* is only put there.

    :raises Edited: something else was at *target*; it is there again.
    :raises OSError: errno EXDEV: the two lie on different file systems, and nothing was changed.
    """
    wanted = look(aside)
    try:
        _exchange(target, aside, seen=seen, wanted=wanted)
    except (FileNotFoundError, FileExistsError) as error:
        way = files.on_its_way(aside)
        raise Edited(target, way if look(way) not in (NOTHING, seen) else None) from error
    found = look(aside)
    if found != seen:
        _bring_back(target, aside, found=found, wanted=wanted)
    _sync(target, aside)


def _exchange(target: Path, aside: Path, *, seen: Seen, wanted: Seen) -> None:
    if seen == NOTHING:
        files.place(aside, target)
    elif wanted == NOTHING:
        files.rename(target, aside)
    else:
        files.exchange(target, aside)


def _bring_back(target: Path, aside: Path, *, found: Seen, wanted: Seen) -> None:
    try:
        _exchange(target, aside, seen=wanted, wanted=found)
    except (FileNotFoundError, FileExistsError) as error:
        raise Edited(target, aside) from error
    _sync(target, aside)
    raise Edited(target, aside if look(aside) != wanted else None)


def _sync(target: Path, aside: Path) -> None:
    for folder in (target.parent, aside.parent):
        with suppress(FileNotFoundError):  # somebody, or git, has removed it since
            files.sync_folder(folder)
