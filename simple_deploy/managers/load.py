"""Reads the bytes of a dependency file as text or data."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from simple_deploy.core.secret import DOTS
from simple_deploy.edits import textfile, toml
from simple_deploy.edits.errors import EditError

LARGEST = 2 * 1024 * 1024  # bytes; no dependency file written by a person comes near it
LARGEST_LOCK = 64 * 1024 * 1024  # bytes

_USER_IN_URL = re.compile(r"(://)[^/@\s]+@")


def text_of(path: Path) -> str:
    """:raises EditError: the file is no text, is too large or cannot be read."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise EditError("It is not a file.", hint="Replace it with a plain text file.")
        if size > LARGEST:
            raise EditError(
                f"It has {size // 1_000_000} MB, which no list of packages has.", hint="Check what is in it."
            )
        return textfile.decode(path.read_bytes()).text
    except OSError as error:
        raise EditError(f"{error.strerror or error}.", hint="Check who may read it.") from error


def lock_data(path: Path) -> dict[str, Any]:
    """The data of a lock file, which is JSON or TOML and may be larger than what a person writes.

    :raises EditError: it cannot be read.
    """
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_LOCK:
            raise EditError("This was not written by a package manager.", hint="Have its manager write it again.")
        return data_of(path.name, textfile.decode(path.read_bytes()).text)
    except OSError as error:
        raise EditError(f"{error.strerror or error}.", hint="Check who may read it.") from error


def data_of(name: str, text: str) -> dict[str, Any]:
    """The data of the file *name*, which is JSON or TOML.

    :raises EditError: *text* is neither.
    """
    try:
        data = json.loads(text) if name == "Pipfile.lock" else _toml(text)
    except (ValueError, RecursionError) as error:
        raise EditError(f"It is damaged: {error!s:.200}.", hint="Have its manager write it again.") from error
    if not isinstance(data, dict):
        raise EditError("It is damaged: there is no table in it.", hint="Have its manager write it again.")
    return data


def without_password(text: str) -> str:
    """*text* with the users and passwords of its addresses hidden."""
    return _USER_IN_URL.sub(rf"\1{DOTS}@", text)


def relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib  # many times faster, and a lock is large

        return tomllib.loads(text)
    return toml.read(text)
