"""Reads the part of YAML that configurations are written in: mappings, texts, scripts, and what JSON has. Pure.

Everything else (anchors, tags, folded texts, lists of several lines) is refused by its line rather than read wrongly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_LINE = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#:{\[&*!|>@`-][^:#]*?)\s*:(?:\s+(?P<value>.*))?"""
)
_COMMENT = re.compile(r"\s+#.*$")
_SINGLE = re.compile(r"'((?:[^']|'')*)'\s*(?:#.*)?")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_NOT_READ = tuple("&*!|>@`%{[?")


class NotRead(Exception):
    """The text is not of the kind that is read here, or no YAML at all."""


@dataclass(frozen=True)
class _Row:
    number: int
    indent: int
    text: str


def read(text: str) -> dict[str, Any]:
    """The mapping that *text* is.

    :raises NotRead: naming the line.
    """
    rows = [
        _Row(number, len(line) - len(line.lstrip(" ")), line.strip(" \r"))
        for number, line in enumerate(text.split("\n"), 1)
    ]
    position, found = _mapping(rows, _next(rows, 0), 0)
    if position < len(rows):
        raise NotRead(f"line {rows[position].number} is indented in a way that is not read here")
    return found


def _next(rows: list[_Row], position: int) -> int:
    """The next row that says something."""
    while position < len(rows) and (not rows[position].text or rows[position].text.startswith("#")):
        position += 1
    return position


def _mapping(rows: list[_Row], position: int, indent: int) -> tuple[int, dict[str, Any]]:
    found: dict[str, Any] = {}
    while position < len(rows) and rows[position].indent == indent:
        row = rows[position]
        match = _LINE.fullmatch(row.text)
        if match is None:
            raise NotRead(f"line {row.number} is not read here: {row.text}")
        key, value = _scalar(row, match["key"]), (match["value"] or "").strip()
        if not isinstance(key, str):
            raise NotRead(f"line {row.number} has a name that is no text: {row.text}")
        if key in found:
            raise NotRead(f"line {row.number} names {key} a second time")
        position = _next(rows, position + 1)
        if re.fullmatch(r"\|-?(\s+#.*)?", value):
            position, found[key] = _script(rows, rows.index(row) + 1, indent, keep_end=not value.startswith("|-"))
        elif value and not value.startswith("#"):
            found[key] = _scalar(row, value)
        elif position < len(rows) and rows[position].indent > indent:
            position, found[key] = _mapping(rows, position, rows[position].indent)
        else:
            found[key] = None
    if position < len(rows) and rows[position].indent > indent:
        raise NotRead(f"line {rows[position].number} is indented in a way that is not read here")
    return position, found


def _script(rows: list[_Row], position: int, indent: int, *, keep_end: bool) -> tuple[int, str]:
    """The text of several lines that begins at *position*."""
    lines = list(_lines_of_script(rows, position, indent))
    text = "\n".join(lines).rstrip("\n")
    return _next(rows, position + len(lines)), f"{text}\n" if keep_end and text else text


def _lines_of_script(rows: list[_Row], position: int, indent: int) -> Iterator[str]:
    inner = next((row.indent for row in rows[position:] if row.text), 0)
    for row in rows[position:]:
        if row.text and (row.indent <= indent or row.indent < inner):
            return
        yield " " * max(row.indent - inner, 0) + row.text if row.text else ""


def _scalar(row: _Row, value: str) -> object:
    if value.startswith(('"', "{", "[")):
        try:
            found, end = json.JSONDecoder().raw_decode(value)
        except ValueError:
            raise NotRead(f"line {row.number} is not read here: {row.text}") from None
        if value[end:].strip() and not re.match(r"\s+#", value[end:]):
            raise NotRead(f"line {row.number} is not read here: {row.text}")
        return found
    single = _SINGLE.fullmatch(value)
    if single is not None:
        return single[1].replace("''", "'")
    plain = _COMMENT.sub("", value).strip()
    if plain.startswith((*_NOT_READ, "'", "- ")) or ": " in plain or plain.endswith(":") or plain == "-":
        raise NotRead(f"line {row.number} is not read here: {row.text}")
    if plain in _WORDS:
        return _WORDS[plain]
    if _NUMBER.fullmatch(plain):
        return float(plain) if "." in plain else int(plain)
    return plain
