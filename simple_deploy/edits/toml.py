"""TOML files: read them, and change an array of strings without touching anything else.

tomlkit finds the array; its text is changed here, because a comment or a trailing comma has to stay as it is, and
tomlkit's own ``append`` and ``remove`` lose or break some of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tomlkit

from simple_deploy.edits import lines
from simple_deploy.edits.errors import EditError

MAX_CHARACTERS = 2_000_000
"""Larger texts are not parsed: tomlkit takes seconds for them."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")'
    r"|'''.*?'''(?!')"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|#[^\n]*"
    r"|[\[\],]",
    re.DOTALL,
)
_SPACE = re.compile(r"[ \t]*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?(?=\n)")


def read(text: str) -> dict[str, Any]:
    """The data of a TOML text as plain Python values.

    :raises EditError: *text* is not valid TOML; the line is in the message.
    """
    data: dict[str, Any] = _parse(text).unwrap()
    return data


def add_to_array(text: str, path: Sequence[str], items: Iterable[str]) -> str:
    """*text* with those of *items* that are missing at the end of the array of strings at *path*.

    Comments, order, quoting and indentation stay. Tables and the array are made when they do not exist.

    :param path: keys from the top, as in ``("dependency-groups", "deploy")``.
    :raises EditError: *text* is not valid TOML, or there is something other than an array of strings at *path*.
    """
    present = _array_at(text, path)
    missing = [item for item in dict.fromkeys(items) if item not in (present or ())]
    if not missing:
        return text
    if present is None:
        result = _with_new_array(text, path, missing)
    else:
        result = _change_array(text, path, lambda array: _insert(array, missing))
    return _checked(text, result, path, [*(present or ()), *missing])


def remove_from_array(text: str, path: Sequence[str], items: Iterable[str]) -> str:
    """*text* without *items* in the array of strings at *path*; the array stays, also when it is empty.

    :raises EditError: as for :func:`add_to_array`.
    """
    unwanted = set(items)
    present = _array_at(text, path) or []
    if unwanted.isdisjoint(present):
        return text
    gone = [index for index, item in enumerate(present) if item in unwanted]
    result = _change_array(text, path, lambda array: _cut(array, gone))
    return _checked(text, result, path, [item for item in present if item not in unwanted])


def _parse(text: str) -> tomlkit.TOMLDocument:
    lines.split(text)
    if len(text) > MAX_CHARACTERS:
        raise EditError(
            f"The file has {len(text):,} characters, more than any TOML file this tool edits.",
            hint="Check that this is the file you meant.",
        )
    try:
        return tomlkit.parse(text)
    except Exception as error:  # tomlkit lets ValueError, TypeError and others through besides its own
        line = getattr(error, "line", None)
        where = f"Line {line} is not valid TOML" if line else "The text is not valid TOML"
        reason = re.sub(r" at line \d+ col \d+$", "", str(error)).rstrip(".")
        raise EditError(
            f"{where}: {reason}.",
            hint="Fix that line, often a quote or a bracket is missing; then try again.",
            line=line,
        ) from error


def _array_at(text: str, path: Sequence[str]) -> list[str] | None:
    """The strings of the array at *path*; None when there is nothing yet."""
    value: object = read(text)
    for depth, key in enumerate(path):
        if not isinstance(value, dict):
            raise _in_the_way(path[:depth], "a table")
        if key not in value:
            return None
        value = value[key]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _in_the_way(path, "an array of strings")
    return value


def _in_the_way(path: Sequence[str], wanted: str) -> EditError:
    return EditError(f"{'.'.join(path) or 'The file'} is not {wanted}.", hint="Change it by hand, then try again.")


def _by_hand(path: Sequence[str]) -> EditError:
    return EditError(
        f"{'.'.join(path)} cannot be changed safely in this file.", hint="Change it by hand, then try again."
    )


def _checked(before: str, after: str, path: Sequence[str], wanted: Sequence[str]) -> str:
    """*after*, when it differs from *before* in the array at *path* alone."""
    expected = read(before)
    table = expected
    for key in path[:-1]:
        table = table.setdefault(key, {})
    table[path[-1]] = list(wanted)
    try:
        if read(after) == expected:
            return after
    except EditError:
        pass
    raise _by_hand(path)


def _with_new_array(text: str, path: Sequence[str], items: Sequence[str]) -> str:
    document = _parse(text)
    table: Any = document
    for name in path[:-1]:
        if name not in table:
            rows, final_newline = lines.split(text)
            header = tomlkit.key(list(path[:-1])).as_string()
            array = f"{tomlkit.key(path[-1]).as_string()} = [{', '.join(map(_quoted, items))}]"
            return lines.join([*rows, *([""] if rows else []), f"[{header}]", array], final_newline)
        table = table[name]
    table[path[-1]] = list(items)
    return tomlkit.dumps(document)


def _change_array(text: str, path: Sequence[str], change: Callable[[str], str]) -> str:
    """*text* with the source of the array at *path* changed."""
    document = _parse(text)
    array: Any = document
    for key in path:
        array = array[key]
    source: str = array.as_string()
    # tomlkit does not tell where a value stands, so write the document once with a mark in the array.
    array.clear()
    array.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    before, _, after = tomlkit.dumps(document).partition(array.as_string())
    if text != before + source + after:
        raise _by_hand(path)
    return before + change(source) + after


@dataclass(frozen=True, slots=True, kw_only=True)
class _Element:
    """Offsets of a string in the source of an array.

    :param before: the bracket, comma or comment before it.
    :param gap: where that ends.
    :param comma: end of the comma after it, None for a last one without.
    """

    before: str
    gap: int
    start: int
    end: int
    comma: int | None = None


def _elements(source: str) -> list[_Element]:
    found: list[_Element] = []
    before, gap = "", 0
    for token in _TOKEN.finditer(source):
        if token[0][0] in "\"'":
            found.append(_Element(before=before, gap=gap, start=token.start(), end=token.end()))
        elif token[0] == ",":
            found[-1] = replace(found[-1], comma=token.end())
        before, gap = token[0], token.end()
    return found


def _insert(source: str, items: Sequence[str]) -> str:
    """The array's source with *items* at its end, in the style of the last element."""
    found = _elements(source)
    if not found:
        return _fill(source, items)
    last = found[-1]
    before = source[last.gap : last.start]
    quoted = [_quoted(item, source[last.start]) for item in items]
    separator = "\n" + before.rpartition("\n")[2] if "\n" in before else " "
    tail = last.comma or last.end
    place = _past(_REST_OF_LINE, source, tail) if "\n" in before else tail
    if last.comma:
        new = "".join(f"{separator}{item}," for item in quoted)
        return source[:place] + new + source[place:]
    new = ",".join(separator + item for item in quoted)
    return source[:tail] + "," + source[tail:place] + new + source[place:]


def _fill(source: str, items: Sequence[str]) -> str:
    """The source of an empty array, which may hold comments, with *items*."""
    quoted = [_quoted(item) for item in items]
    if "\n" not in source:
        return "[" + ", ".join(quoted) + source[1:]
    place = len(source[:-1].rstrip())
    indent = "\n" + source[:-1].rpartition("\n")[2] + "    "
    return source[:place] + "".join(f"{indent}{item}," for item in quoted) + source[place:]


def _cut(source: str, gone: Sequence[int]) -> str:
    """The array's source without the elements numbered *gone*, and without the comments beside them."""
    found = _elements(source)
    stay = sorted(set(range(len(found))) - set(gone))
    cuts = [_span(source, found[index]) for index in gone]
    if found[-1].comma is None and stay and stay[-1] != len(found) - 1:
        comma = found[stay[-1]].comma or 0
        cuts.append((comma - 1, comma))
    after_comment = {element.gap: element.start for element in found if element.before.startswith("#")}
    pieces = []
    position = 0
    for start, end in _merged(cuts):
        if source[end] != "\n":  # what follows must not become part of the comment in front
            start = after_comment.get(start, start)
        pieces.append(source[position:start])
        position = end
    return "".join(pieces) + source[position:]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _span(source: str, element: _Element) -> tuple[int, int]:
    """What goes with *element*: the white space before it, or after it where the one before is still needed."""
    end = element.comma or element.end
    next_on_line = _past(_SPACE, source, end)
    if "\n" in source[element.gap : element.start]:
        line_start, line_end = _past(_REST_OF_LINE, source, element.gap), _past(_REST_OF_LINE, source, end)
        if source[line_end] == "\n":
            return line_start, line_end
        if source[next_on_line] == "]":
            return line_start, end
    elif element.before != "[":
        return element.gap, end
    return element.start, next_on_line if element.comma else end


def _past(pattern: re.Pattern[str], source: str, position: int) -> int:
    """After what *pattern* matches at *position*; *position* itself when it does not."""
    found = pattern.match(source, position)
    return found.end() if found else position


def _quoted(item: str, quote: str = '"') -> str:
    if quote == "'" and "'" not in item and item.isprintable():
        return f"'{item}'"
    return tomlkit.item(item).as_string()
