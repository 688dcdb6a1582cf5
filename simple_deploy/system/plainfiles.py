"""Reads files that may be anything: in the place of one there may be a pipe, which would be waited for without end."""

from __future__ import annotations

import stat
from pathlib import Path


def read(path: Path, largest: int) -> bytes:
    """The bytes of the plain file at *path*; empty for what is none, is larger than *largest* or cannot be read."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
            return b""
        return path.read_bytes()
    except (OSError, ValueError):  # ValueError: there is a NUL in its name
        return b""


def text(path: Path, largest: int) -> str:
    """The same as text, whatever it is encoded in."""
    return read(path, largest).decode("utf-8-sig", "replace")
