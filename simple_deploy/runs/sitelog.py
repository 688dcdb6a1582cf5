"""The log of a deployed site while it grows: what is new in it, and how serious each line is. Pure.

A platform shows the newest lines of a log and does not number them. So a place in a log is named by what the lines
before it say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from simple_deploy.core import ansi

Level = Literal["error", "warning", "info"]

#: From the least serious on.
LEVELS: tuple[Level, ...] = ("info", "warning", "error")

_NAMING = 6  # lines that name the place behind them

_MARK = re.compile(r"(\d{1,3})-([0-9a-f]{16})")
_ERROR = re.compile(
    r"\b(?:CRITICAL|FATAL|ERROR|PANIC|Traceback \(most recent call last\))\b|\b(?:fatal|error|panic):", re.ASCII
)
_WARNING = re.compile(r"\b(?:WARNING|WARN)\b|\b(?:\w*Warning|warning|warn):", re.ASCII)
_STATUS = re.compile(r"(?:\"|status=)\s?(\d)\d\d(?=\s|$)", re.ASCII)
_REQUEST = re.compile(r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b", re.ASCII)
_TRACEBACK = "Traceback (most recent call last)"


def mark(lines: Sequence[str]) -> str:
    """The name of the place behind *lines*; empty at the beginning of a log."""
    last = lines[-_NAMING:]
    return f"{len(last)}-{_digest(last)}" if last else ""


def since(lines: Sequence[str], place: str) -> tuple[Sequence[str], bool]:
    """The lines behind *place*, a name that :func:`mark` gave, and whether the place is still there.

    Where it is not, too much has been printed meanwhile, and all lines are new.
    """
    named = _MARK.fullmatch(place)
    if named is None:
        return lines, not place
    count = int(named[1])
    for end in range(len(lines), count - 1, -1):
        if _digest(lines[end - count : end]) == named[2]:
            return lines[end:], True
    return lines, False


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def levels(lines: Iterable[str]) -> Iterator[tuple[str, Level]]:
    """Each line with how serious it is. What belongs to a traceback is an error, and so is a request that failed."""
    column = -1  # where a traceback begins in its lines, behind what the platform puts before each; outside one -1
    for line in lines:
        text = ansi.plain(line)
        begins = text.find(_TRACEBACK)
        if begins >= 0:
            column = begins
        yield line, "error" if column >= 0 else _level(text)
        if begins < 0 and not text[max(column, 0) :].startswith((" ", "\t")):
            column = -1  # the line that is not indented says what was raised


def _level(text: str) -> Level:
    status = _STATUS.search(text) if _REQUEST.search(text) else None
    if status is not None:
        return "error" if status[1] == "5" else "warning" if status[1] == "4" else "info"
    if _ERROR.search(text):
        return "error"
    return "warning" if _WARNING.search(text) else "info"
