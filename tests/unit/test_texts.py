"""Every text of the product fills in what it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for folder in ("simple_deploy", "plugins") for path in (ROOT / folder).rglob("*.py"))

#: A name with a call, an attribute or an item: what only an f-string fills in.
_FILLED = re.compile(r"\{[a-z_]\w*(?:\.\w+|\([^{}]*\)|\[[^{}]*\])+[^{}]*\}")


def plain_texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """The texts that are written as they are; an f-string's own parts are not among them."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        inside = isinstance(node, ast.JoinedStr)
        waiting += (part for part in ast.iter_child_nodes(node) if not (inside and isinstance(part, ast.Constant)))


def is_code(text: str) -> bool:
    """Whether this is Python, such as a line of somebody's settings, and no sentence."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def test_no_text_shows_the_code_of_what_it_should_fill_in() -> None:
    found = [
        (path, text.value) for path in MODULES for text in plain_texts(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(found) > 10_000
    assert [(module, text) for module, text in found if _FILLED.search(text) and not is_code(text)] == []
