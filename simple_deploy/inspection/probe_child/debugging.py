"""What settings make depend on DEBUG, read from their source."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

_VARIABLE = re.compile(r"(?:.*_)?DEBUG")
_YES = frozenset({"true", "1", "yes", "on"})


def only_with_debug(files: Iterable[Path]) -> set[str]:
    """The texts that stand in these modules where DEBUG is asked for, in whatever way, and nowhere else in them."""
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


def decided(files: Iterable[Path]) -> list[str]:
    """The settings that are made with DEBUG on although no variable is set, and would be others with DEBUG off: lines
    that turn it off at the end of the settings come too late for them."""
    found: dict[str, None] = {}
    for file in files:
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        is_on, depending = False, {"DEBUG"}
        for targets, value, tests in _assignments(tree.body, ()):
            if "DEBUG" in targets:
                is_on = _is_on(value)
            elif is_on and any(_names(each) & depending for each in (value, *tests)):
                depending.update(targets)
                found.update(dict.fromkeys(name for name in targets if name.isupper()))
    return [*found]


def _assignments(
    body: Iterable[ast.stmt], tests: tuple[ast.expr, ...]
) -> Iterator[tuple[list[str], ast.expr, tuple[ast.expr, ...]]]:
    """What is assigned in the body of a module: the names, the value, and the conditions that it is under."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            yield [each.id for each in statement.targets if isinstance(each, ast.Name)], statement.value, tests
        elif isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.target, ast.Name):
            yield [statement.target.id], statement.value, tests
        elif isinstance(statement, ast.If):
            yield from _assignments([*statement.body, *statement.orelse], (*tests, statement.test))


def _is_on(value: ast.expr) -> bool:
    """Whether DEBUG is certainly on when *value* is assigned to it and no variable is set."""
    if isinstance(value, ast.Compare):
        return _is_on(value.left) and isinstance(value.ops[0], ast.Eq | ast.NotEq | ast.In)
    if isinstance(value, ast.Call):
        defaults = [*value.args[1:], *(word.value for word in value.keywords if word.arg == "default")]
        return any(map(_is_on, defaults))
    return isinstance(value, ast.Constant) and str(value.value).lower() in _YES


def _names(expression: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(expression) if isinstance(each, ast.Name)}


def _branches(tree: ast.Module) -> Iterator[list[ast.AST]]:
    """What is done only where DEBUG is on."""
    flags = {"DEBUG"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _means_debug(node.value, flags):
            flags.update(target.id for target in node.targets if isinstance(target, ast.Name))
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp):
            means = _means_debug(node.test, flags)
            taken = node.body if means else node.orelse if means is False else []
            yield [*taken] if isinstance(taken, list) else [taken]


def _means_debug(test: ast.expr, flags: Collection[str]) -> bool | None:
    """Whether DEBUG is on where *test* is true; False where it is on if *test* is not; None where neither is certain.

    :param flags: names that are true only with DEBUG.
    """
    if isinstance(test, ast.Name | ast.Attribute):
        return True if (test.id if isinstance(test, ast.Name) else test.attr) in flags else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        means = _means_debug(test.operand, flags)
        return None if means is None else not means
    if isinstance(test, ast.BoolOp):
        certain = isinstance(test.op, ast.And)
        return certain if any(_means_debug(value, flags) is certain for value in test.values) else None
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.comparators[0], ast.Constant):
        means = _means_debug(test.left, flags)
        same = isinstance(test.ops[0], ast.Eq | ast.Is) is bool(test.comparators[0].value)
        return None if means is None else means is same
    if isinstance(test, ast.Call):
        given = [*test.args, *(word.value for word in test.keywords)]
        asked = any(isinstance(each, ast.Constant) and _VARIABLE.fullmatch(str(each.value)) for each in given)
        return True if asked or any(_means_debug(each, flags) for each in given) else None
    return None


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    return (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
