"""Whether a change to a file is the tool's: it adds the tool to the project, or a run of the tool made it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from simple_deploy.managers import only_adds

#: SHA-256 of files as runs of the tool left them, None for removed, by path relative to the git root; asked for when
#: there is a change to judge.
Written = Callable[[], Mapping[str, frozenset[str | None]]]

DISTRIBUTION = "django-simple-deploy-dashboard"

_LARGEST = 512 * 1024  # bytes; no settings or dependency file that a person writes is larger
_APP = r"""["']simple_deploy(?:\.apps\.\w+)?["']"""
_ADDING = re.compile(
    rf"\s*INSTALLED_APPS\s*(?:\+=\s*[\[(]\s*{_APP}\s*,?\s*[\])]|\.append\(\s*{_APP}\s*\)|\.insert\(\s*\d+\s*,\s*{_APP}\s*\))"
)
_NAMED = re.compile(rb"(?i)simple[-_.]deploy")
_ITEM = re.compile(rf"{_APP}\s*,?\s*")
_DECLARED = re.compile(
    r"""(?ix) [\s"'\-]* django[-_.]simple[-_.]deploy[-_.]dashboard (?![\w.-]*[a-z]) .* """,
)


def left_by_a_run(root: Path, path: str, written: Mapping[str, frozenset[str | None]]) -> bool:
    """Whether the file at *path* is to the byte as a run of the tool left it."""
    return path in written and _hash(root / path) in written[path]


def _hash(path: Path) -> str | None:
    try:
        return None if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def mentioning(path: Path) -> list[str] | None:
    """The lines of the file at *path* when it names the tool at all, else None."""
    try:
        if path.is_symlink() or path.stat().st_size > _LARGEST:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    if not _NAMED.search(data):
        return None
    return data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")


def only_adds_the_tool(path: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether *after* is *before* once the tool is taken out of both.

    :param path: of the file; its name says whether this is Python, a list of requirements, or a manager's own.
    """
    told = only_adds.only_adds(path, "\n".join(before), "\n".join(after), DISTRIBUTION)
    if told is not None:
        return told
    without = _without_app if path.endswith(".py") else _without_requirement
    return without(before) == without(after)


def _without_app(lines: Sequence[str]) -> list[str]:
    kept = []
    for line in lines:
        if _ADDING.match(line):
            continue
        rest = _ITEM.sub("", line)
        if rest != line and (not rest.strip() or rest.lstrip().startswith("#")):
            continue
        # A comma that had to be put behind the item before is no change of its own.
        kept.append(rest.rstrip().rstrip(",").rstrip())
    return _stripped(kept)


def _without_requirement(lines: Sequence[str]) -> list[str]:
    return _stripped([line.rstrip() for line in lines if not _DECLARED.match(line)])


def _stripped(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines.pop()
    return lines
