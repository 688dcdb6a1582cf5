"""What git prints and reads, as data. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType

from simple_deploy.core.facts import GitChange

_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)

_LETTERS = MappingProxyType({b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"})

#: Number of fields before the path, by the first character of a line.
_FIELDS = MappingProxyType({"1": 8, "2": 9, "u": 10})


def parse_version(line: str) -> str:
    """``2.39.5`` out of ``git version 2.39.5 (Apple Git-154)``."""
    found = re.search(r"\d+(?:\.\d+)+", line)
    return found[0] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The output of ``git status --porcelain=v2 --branch``."""

    head: str | None = None
    branch: str | None = None
    changes: tuple[GitChange, ...] = ()


def parse_status(lines: Iterable[str]) -> Status:
    """Read that output; lines of any other form, such as warnings, are passed over."""
    status = Status()
    changes: list[GitChange] = []
    for line in lines:
        if line.startswith("# branch.oid "):
            value = line.removeprefix("# branch.oid ")
            status = replace(status, head=None if value == "(initial)" else value)
        elif line.startswith("# branch.head "):
            value = line.removeprefix("# branch.head ")
            status = replace(status, branch=None if value == "(detached)" else value)
        elif change := _change(line):
            changes.append(change)
    return replace(status, changes=tuple(changes))


def _change(line: str) -> GitChange | None:
    if line.startswith("? "):
        return GitChange(path=unquote(line[2:]), status="??")
    count = _FIELDS.get(line[:1])
    if count is None or line[1:2] != " ":
        return None
    fields = line.split(" ", count)
    if len(fields) <= count or len(fields[1]) != 2:
        return None
    path = fields[count]
    if fields[0] == "2":
        path = path.partition("\t")[0]
    return GitChange(path=unquote(path), status=fields[1], inside=fields[2][:1] == "S" and fields[2][2:3] == "M")


def entry_and_path(line: str) -> tuple[str, str]:
    """What stands before the tab of a line, and the path behind it."""
    entry, _, path = line.partition("\t")
    return entry, unquote(path)


def unquote(path: str) -> str:
    """A path as git prints it with ``core.quotePath``, in plain; bytes that are no UTF-8 become ``\\ufffd``."""
    if len(path) < 2 or not (path.startswith('"') and path.endswith('"')):
        return path
    raw = _ESCAPE.sub(_unescape, path[1:-1].encode("utf-8"))
    return raw.decode("utf-8", "replace")


def quote(path: str) -> str:
    """A path as git reads it from a line of its input."""
    if not any(character in path for character in '"\\\n\t'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _unescape(match: re.Match[bytes]) -> bytes:
    code: bytes = match[1]
    if len(code) == 3:
        return bytes([int(code, 8) & 0xFF])
    return _LETTERS.get(code, code)


def parse_index(lines: Iterable[str]) -> dict[str, str]:
    """Mode by path, out of what ``git ls-files --stage`` prints."""
    found = {}
    for line in lines:
        head, tab, path = line.partition("\t")
        if tab and head[6:7] == " ":
            found[unquote(path)] = head[:6]
    return found
