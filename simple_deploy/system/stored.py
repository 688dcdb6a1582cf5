"""Reads what the tool keeps in its state folder: anything may stand there by now, and nothing of that is an accident.

A crash, a full disk, a backup that was put back, a merge or a curious person leaves half a file, another version's, a
folder, or something that is no end of nested. All of that is *damaged*, and callers have to know of that alone.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from simple_deploy.core import codec

T = TypeVar("T")

LARGEST = 64 * 1024 * 1024  # bytes, more than any file that is read as a whole

_HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


class Damaged(ValueError):
    """There is something, and it is not what the tool has written."""


def read(path: Path, largest: int = LARGEST) -> bytes | None:
    """The file's bytes, None when there is nothing.

    :raises Damaged: it is no plain file, is larger than *largest* bytes or cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Damaged("it is no file")
        if status.st_size > largest:
            raise Damaged(f"it is larger than {largest:,} bytes")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Damaged(error.strerror or str(error)) from error


def opened(path: Path) -> BinaryIO:
    """The file, to be read piece by piece.

    :raises OSError: there is none. A pipe in its place would be waited for without end.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return os.fdopen(descriptor, "rb")


def text(path: Path, largest: int = LARGEST) -> str | None:
    """The file as text; None when there is none, or it is damaged."""
    try:
        raw = read(path, largest)
    except Damaged:
        return None
    return None if raw is None else raw.decode("utf-8", "replace")


def load(kind: type[T], path: Path) -> T | None:
    """What was stored in *path*, None when there is nothing.

    :raises Damaged: there is something else.
    """
    raw = read(path)
    return None if raw is None else parse(kind, raw)


def known(kind: type[T], path: Path) -> T | None:
    """The same for what is as good as missing when it is damaged."""
    try:
        return load(kind, path)
    except Damaged:
        return None


def parse(kind: type[T], raw: bytes | str) -> T:
    """:raises Damaged: *raw* is no JSON of a *kind*."""
    data = data_of(raw)
    try:
        return codec.from_data(kind, data)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Damaged(str(error)[:200]) from error


def data_of(raw: bytes | str) -> Any:
    """:raises Damaged: *raw* is no JSON, or is nested too deeply."""
    encoded = raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace")
    try:
        data = json.loads(encoded)
        return _whole(data) if _HALF_A_CHARACTER.search(encoded) else data
    except (ValueError, RecursionError, MemoryError) as error:
        raise Damaged(str(error)[:200]) from error


def _whole(data: Any) -> Any:
    """*data* without halves of characters, which cannot be shown."""
    if isinstance(data, str):
        return data.encode("utf-8", "replace").decode("utf-8")
    if isinstance(data, list):
        return [_whole(item) for item in data]
    if isinstance(data, dict):
        return {_whole(key): _whole(item) for key, item in data.items()}
    return data
