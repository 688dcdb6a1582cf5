"""The files of a project that decide what it is made of, with their times and sizes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "bower_components"})
_WATCHED = (".py", ".txt", ".in", ".toml", ".lock", ".cfg", ".ini", ".json", ".yaml", ".yml", ".env")
LARGE = 1024 * 1024
#: Source and text, which nobody needs to ask for its size: a project has thousands of these.
_SMALL = (
    ".html",
    ".css",
    ".scss",
    ".js",
    ".mjs",
    ".ts",
    ".jsx",
    ".tsx",
    ".vue",
    ".map",
    ".svg",
    ".md",
    ".rst",
    ".po",
    ".mo",
)
_WATCHED_NAMES = frozenset({"Pipfile", ".python-version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """:param path: relative to the folder that was walked, with ``/``."""

    path: str
    mtime_ns: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """
    :param files: those whose change may change a fact, in the order of their paths.
    :param large: others of :data:`LARGE` bytes and more, in no order.
    :param environments: folders of virtual environments.
    :param paths: all files and links, in order.
    """

    files: tuple[File, ...]
    environments: tuple[str, ...]
    paths: tuple[str, ...] = ()
    large: tuple[File, ...] = ()

    @property
    def python(self) -> tuple[str, ...]:
        return tuple(file.path for file in self.files if file.path.endswith(".py"))


def walk(root: Path) -> Tree:
    """Look through *root* without environments, caches and hidden folders. Links to folders are not followed."""
    files: list[File] = []
    large: list[File] = []
    environments: list[str] = []
    paths: list[str] = []
    pending = [""]
    while pending:
        prefix = pending.pop()
        for entry in _entries(os.path.join(root, prefix)):  # noqa: PTH118 - thousands of Path objects take longer
            path = prefix + entry.name
            if _is_folder(entry):
                if is_environment(entry.path):
                    environments.append(path)
                elif not is_skipped(entry):
                    pending.append(path + "/")
                continue
            paths.append(path)
            watched = is_watched(entry.name)
            if not watched and entry.name.endswith(_SMALL):
                continue
            status = _stat(entry)
            if status and (watched or status.st_size >= LARGE):
                (files if watched else large).append(File(path=path, mtime_ns=status.st_mtime_ns, size=status.st_size))
    files.sort(key=lambda file: file.path)
    return Tree(
        files=tuple(files),
        environments=tuple(sorted(environments)),
        paths=tuple(sorted(paths)),
        large=tuple(large),
    )


def is_watched(name: str) -> bool:
    return name.endswith(_WATCHED) or name in _WATCHED_NAMES or name.startswith(".env")


def is_skipped(entry: os.DirEntry[str]) -> bool:
    """Whether a folder holds none of the project's own source."""
    return entry.name.startswith(".") or entry.name in _SKIPPED or is_environment(entry.path)


def is_environment(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "pyvenv.cfg"))  # noqa: PTH110, PTH118


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None
