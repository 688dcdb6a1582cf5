"""Tables of a TOML file: add keys to them and take keys out, line by line, so that nothing else changes.

Arrays are the business of :mod:`.toml`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import tomlkit

from simple_deploy.edits import lines, toml
from simple_deploy.edits.errors import EditError

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")'
    r"|'''.*?'''(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{}\n]",
    re.DOTALL,
)
_ONE_KEY = r"""[ \t]*(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')[ \t]*"""
_KEYS = re.compile(rf"{_ONE_KEY}(?:\.{_ONE_KEY})*(?==)")

Kind = Literal["header", "key", "comment", "blank"]


def add_keys(text: str, path: Sequence[str], values: Mapping[str, str]) -> str:
    """*text* with a line ``key = value`` at the end of the table at *path* for each of *values*.

    The table is made when there is none: below the last one that shares its first two keys, else at the end.

    :param path: keys from the top, as in ``("tool", "poetry", "dependencies")``.
    :param values: TOML source of each value, by key; none of the keys is in the table yet.
    :raises EditError: *text* is no valid TOML, or the table cannot be extended by lines.
    """
    if not values:
        return text
    before = toml.read(text)
    _table_at(before, path)
    rows, final_newline = lines.split(text)
    statements = _statements(text)
    head = next((each for each in statements if each.kind == "header" and each.path == tuple(path)), None)
    new = [f"{tomlkit.key(key).as_string()} = {value}" for key, value in values.items()]
    if head is None:
        _refuse_dotted(statements, tuple(path))
        place, new = _place_of_new_table(statements, path), [f"[{tomlkit.key(list(path)).as_string()}]", *new]
        # A line of white space at the top is not looked at: the header is set apart from whatever is above it.
        new = [*([""] if place else []), *new]
    else:
        last = _block(statements, head)[-1]
        place, indent = last.end, _indent(rows[last.start])
        new = [indent + line for line in new]
    after = lines.join([*rows[:place], *new, *rows[place:]], final_newline)
    expected = copy.deepcopy(before)
    _table_at(expected, path, make=True).update({key: _value(value) for key, value in values.items()})
    return _checked(after, expected, path)


def remove_keys(text: str, path: Sequence[str], keys: Iterable[str], *, drop_empty: bool = False) -> str:
    """*text* without *keys* in the table at *path*, whether they have a line or a table of their own.

    :param drop_empty: take the table's header, and the blank line above it, away with its last key.
    :raises EditError: *text* is no valid TOML, or a key cannot be taken out by lines.
    """
    before = toml.read(text)
    table = _table_at(before, path)
    unwanted = {key for key in keys if table and key in table}
    if not unwanted:
        return text
    rows, final_newline = lines.split(text)
    statements = _statements(text)
    emptied = drop_empty and unwanted == set(table or ())
    gone: set[int] = set()
    for index, each in enumerate(statements):
        depth = len(path)
        inside = each.path[:depth] == tuple(path) and each.kind in ("header", "key")
        if inside and len(each.path) > depth and each.path[depth] in unwanted:
            gone.update(range(each.start, each.end))
            if each.kind == "header" and index and statements[index - 1].kind == "blank":
                gone.add(statements[index - 1].start)
        elif inside and emptied and each.kind == "header":
            gone.update(range(each.start, each.end))
            if index and statements[index - 1].kind == "blank":
                gone.add(statements[index - 1].start)
    after = lines.join([row for number, row in enumerate(rows) if number not in gone], final_newline)
    expected = copy.deepcopy(before)
    left = _table_at(expected, path, make=True)
    for key in unwanted:
        del left[key]
    return _checked(after, _without_empty(expected, path) if emptied else expected, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """A logical line of a TOML file.

    :param path: keys from the top: of the table for a header, of the key for a key.
    :param table: the table whose header is above it.
    :param start: index of its first line.
    :param end: after its last line.
    """

    kind: Kind
    path: tuple[str, ...]
    table: tuple[str, ...]
    start: int
    end: int


def _statements(text: str) -> list[_Statement]:
    """Every logical line of a valid TOML *text*, in order."""
    found: list[_Statement] = []
    table: tuple[str, ...] = ()
    for start, end, source in _logical(text):
        content = source.strip()
        kind: Kind = "key"
        path: tuple[str, ...] = ()
        if not content or content.startswith("#"):
            kind = "comment" if content else "blank"
        elif content.startswith("["):
            kind, table = "header", _path_of(content)
            # One table of an array is not the one of that name.
            path = (*table, "") if content.startswith("[[") else table
        else:
            path = (*table, *_path_of(content))
        found.append(_Statement(kind=kind, path=path, table=table, start=start, end=end))
    return found


def _logical(text: str) -> Iterable[tuple[int, int, str]]:
    """First line, line after the last, and source of each logical line."""
    depth = line = first = begin = 0
    for token in _TOKEN.finditer(text):
        what = token[0]
        if what in "[{":
            depth += 1
        elif what in "]}":
            depth -= 1
        elif what == "\n":
            line += 1
            if depth <= 0:
                yield first, line, text[begin : token.start()]
                first, begin, depth = line, token.end(), 0
        else:
            line += what.count("\n")
    if begin < len(text):
        yield first, line + 1, text[begin:]


def _path_of(source: str) -> tuple[str, ...]:
    """The keys of one header or of one ``key = value``."""
    keys = _KEYS.match(source)
    value: Any = tomlkit.parse(source if keys is None else f"{keys[0]} = 0").unwrap()
    path = []
    while isinstance(value, (dict, list)) and value:
        if isinstance(value, list):
            value = value[0]
        else:
            path.append(next(iter(value)))
            value = value[path[-1]]
    return tuple(path)


def _block(statements: Sequence[_Statement], head: _Statement) -> list[_Statement]:
    """The header and the keys of its table."""
    found = [head]
    for each in statements[statements.index(head) + 1 :]:
        if each.kind == "header":
            break
        if each.kind == "key":
            found.append(each)
    return found


def _refuse_dotted(statements: Sequence[_Statement], path: tuple[str, ...]) -> None:
    """:raises EditError: the table is written without a header, so that none can be added."""
    for each in statements:
        shorter = min(len(path), len(each.path))
        if each.kind == "key" and len(each.table) < len(path) and each.path[:shorter] == path[:shorter]:
            raise _by_hand(path, line=each.start + 1)


def _place_of_new_table(statements: Sequence[_Statement], path: Sequence[str]) -> int:
    near = tuple(path[:2])
    heads = [each for each in statements if each.kind == "header" and each.path[: len(near)] == near]
    if not heads or len(near) < 2:
        return statements[-1].end if statements else 0
    last = _block(statements, heads[-1])[-1]
    place = last.end
    for each in statements[statements.index(last) + 1 :]:
        # Comments right below the last key belong to it, unless they lead over to the next table.
        if each.kind == "header":
            return last.end
        if each.kind != "comment":
            break
        place = each.end
    return place


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip(" \t"))]


def _value(source: str) -> Any:
    return toml.read(f"value = {source}")["value"]


def _table_at(data: dict[str, Any], path: Sequence[str], *, make: bool = False) -> dict[str, Any]:
    """:raises EditError: there is something else in the way."""
    value: Any = data
    for depth, key in enumerate(path, 1):
        value = value.setdefault(key, {}) if make else value.get(key, {})
        if not isinstance(value, dict):
            raise EditError(f"{'.'.join(path[:depth])} is not a table.", hint="Change it by hand, then try again.")
    return value  # type: ignore[no-any-return]


def _without_empty(data: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """*data* without the tables on *path* that hold nothing, from the innermost one out."""
    for depth in range(len(path), 0, -1):
        parent = _table_at(data, path[: depth - 1])
        if path[depth - 1] in parent and not parent[path[depth - 1]]:
            del parent[path[depth - 1]]
    return data


def _checked(after: str, expected: dict[str, Any], path: Sequence[str]) -> str:
    """*after*, when its data are *expected*."""
    try:
        if _pruned(toml.read(after), path) == _pruned(expected, path):
            return after
    except EditError:
        pass
    raise _by_hand(path)


def _by_hand(path: Sequence[str], line: int | None = None) -> EditError:
    return EditError(
        f"{'.'.join(path)} cannot be changed safely in this file.",
        hint="Change it by hand, then try again.",
        line=line,
    )


def _pruned(data: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """*data* without empty tables on the way to *path*: whether they have a header of their own says nothing."""
    return _without_empty(copy.deepcopy(data), path)
