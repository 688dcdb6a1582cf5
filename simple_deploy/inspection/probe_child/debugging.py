"""What settings name only where DEBUG is on, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


def only_with_debug(files: Iterable[Path]) -> set[str]:
    """The texts that stand in these modules below an ``if DEBUG:`` and nowhere else in them."""
    inside: set[str] = set()
    outside: set[str] = set()
    for file in files:
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        within = [node for branch in _branches(tree) for statement in branch for node in ast.walk(statement)]
        inside.update(_texts(within))
        apart = {id(node) for node in within}
        outside.update(_texts(node for node in ast.walk(tree) if id(node) not in apart))
    return inside - outside


def _branches(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _asks_for_debug(node.test):
            yield node.body


def _asks_for_debug(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_asks_for_debug(value) for value in test.values)
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    return name == "DEBUG"


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    return (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
