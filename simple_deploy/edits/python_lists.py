"""Lists of texts in Python source: take items out, so that nothing else changes."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from simple_deploy.edits import lines, python_source
from simple_deploy.edits.errors import EditError


def without(text: str, name: str, items: Collection[str]) -> str:
    """*text* without *items* in the lists and tuples that *name* is assigned, or extended by.

    An item with a line of its own takes the line along, and the comment behind it.

    :raises EditError: *text* is not valid Python, or an item cannot be taken out safely.
    """
    while (where := next(_found(python_source.parse(text), name, items), None)) is not None:
        after = _cut(text, *where)
        if _plain(after) != _plain(text, name, items, once=True):
            raise EditError(
                f"{name} cannot be changed safely in this file.",
                hint=f"Take {' and '.join(items)} out of {name} by hand, then try again.",
                line=where[0].elts[where[1]].lineno,
            )
        text = after
    return text


_Sequence = ast.List | ast.Tuple


def _found(tree: ast.Module, name: str, items: Collection[str]) -> Iterator[tuple[_Sequence, int]]:
    """Each sequence with one of *items* in it, and its place there."""
    for statement in ast.walk(tree):
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                for part in ast.walk(statement.value):
                    if isinstance(part, (ast.List, ast.Tuple)):
                        yield from ((part, place) for place, each in enumerate(part.elts) if _is_one(each, items))


def _is_one(node: ast.expr, items: Collection[str]) -> bool:
    return isinstance(node, ast.Constant) and node.value in items


def _cut(text: str, sequence: _Sequence, place: int) -> str:
    item = sequence.elts[place]
    rows, final_newline = lines.split(text)
    first, last = item.lineno - 1, (item.end_lineno or item.lineno) - 1
    before = rows[first].encode("utf-8")[: item.col_offset].decode("utf-8")
    behind = rows[last].encode("utf-8")[item.end_col_offset :].decode("utf-8")
    if not before.strip() and behind.partition("#")[0].strip() in ("", ","):
        return lines.join([*rows[:first], *rows[last + 1 :]], final_newline)
    if behind.lstrip().startswith(","):
        behind = behind.lstrip()[1:].lstrip()
    elif before.rstrip().endswith(","):
        before = before.rstrip()[:-1]
    return lines.join([*rows[:first], before + behind, *rows[last + 1 :]], final_newline)


def _plain(text: str, name: str = "", items: Collection[str] = (), *, once: bool = False) -> str:
    """What *text* means; the first of *items* is left out where *once* says so."""
    tree = python_source.parse(text)
    if once:
        sequence, place = next(_found(tree, name, items))
        del sequence.elts[place]
    return ast.dump(tree)
