"""What can be said about a settings file by reading it; nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simple_deploy.edits import python_source

_NESTING = (ast.If, ast.Try, ast.ExceptHandler, ast.With, ast.For, ast.While)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The last assignment of a name at the top level of a file.

    :param line: number of its first line, counted from 1.
    :param last_line: number of its last line.
    :param literal: whether the value is written out in the source: text, numbers, lists and the like.
    :param value: that value; None when it is not literal. It may be a secret, so it is not part of ``repr()``.
    :param conditional: whether it stands in an ``if``, ``try``, ``with`` or loop.
    :param augmented: whether it adds to the value the name had, as ``+=`` does.
    """

    name: str
    line: int
    last_line: int
    literal: bool
    value: object = field(repr=False)
    conditional: bool = False
    augmented: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StarImport:
    """``from module import *`` at the top level; *module* keeps its leading dots."""

    module: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSource:
    """Facts from the source of a settings file.

    :param assignments: by name, in the order of their first assignment.
    :param star_imports: in their order.
    """

    assignments: Mapping[str, Assignment]
    star_imports: tuple[StarImport, ...]


def read(text: str) -> SettingsSource:
    """What *text* assigns and imports at its top level, ``if``, ``try`` and the like included.

    :raises EditError: *text* is not valid Python.
    """
    assignments: dict[str, Assignment] = {}
    star_imports = []
    for node, conditional in _statements(python_source.parse(text).body):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            star_imports.append(StarImport(module="." * node.level + (node.module or ""), line=node.lineno))
        for assignment in _assignments(node, conditional):
            assignments[assignment.name] = assignment
    return SettingsSource(assignments=assignments, star_imports=tuple(star_imports))


def _statements(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """Statements that run when the module is imported, in order, and whether each stands inside another."""
    waiting: list[tuple[ast.AST, bool]] = [(node, False) for node in reversed(body)]
    while waiting:
        node, conditional = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node, conditional
        if isinstance(node, _NESTING):
            waiting += [(child, True) for child in reversed(list(ast.iter_child_nodes(node)))]


def _assignments(node: ast.stmt, conditional: bool) -> Iterator[Assignment]:
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value is not None:
        targets, value = [node.target], node.value
    else:
        return
    for target in targets:
        for name, part in _names(target, value):
            literal, found = _literal(part)
            yield Assignment(
                name=name,
                line=node.lineno,
                last_line=node.end_lineno or node.lineno,
                literal=literal,
                value=found,
                conditional=conditional,
                augmented=isinstance(node, ast.AugAssign),
            )


def _names(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """Each name in *target* with the part of *value* it gets; None for a part that cannot be told."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Starred):
        yield from _names(target.value, None)
    elif isinstance(target, (ast.Tuple, ast.List)):
        parts: list[ast.expr | None] = [None] * len(target.elts)
        plain = not any(isinstance(item, ast.Starred) for item in target.elts)
        if plain and isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(parts):
            parts = list(value.elts)
        for item, part in zip(target.elts, parts, strict=True):
            yield from _names(item, part)


def _literal(value: ast.expr | None) -> tuple[bool, object]:
    if value is None:
        return False, None
    try:
        return True, ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return False, None
