"""What other people's projects are like, for people: a trait, where it was reported, and what the tool does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.support.checkout import CHECKOUT

PAGE = CHECKOUT / "docs" / "explanation" / "other-peoples-projects.md"

Test = TypeVar("Test", bound=Callable[..., Any])

_HEAD = """\
# Other people's projects

Projects that were not made for this tool have traits that it has to cope with. Each row names a trait, the public
report that describes it, and what the tool does. Each row has a test. This page is generated from the tests by
`python -m tests.field`; another test compares the two.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """:param reference: where it was reported. :param module: path of the test. :param test: its name."""

    reference: str
    trait: str
    then: str
    module: Path
    test: str


def trait(reference: str, trait: str, then: str) -> Callable[[Test], Test]:
    """Mark a test with the trait it rebuilds. The page is made from the source, so these have to be plain texts.

    :param reference: public reports as ``owner/repository#number``, several separated by commas; ``"own"`` where
        there is none.
    :param trait: what the project is like.
    :param then: what the tool does about it.
    """
    return lambda test: test


def traits() -> list[Trait]:
    """Every trait that a test rebuilds, in the order of the tests."""
    return [each for module in sorted(Path(__file__).parent.glob("test_*.py")) for each in _traits_in(module)]


def _traits_in(module: Path) -> Iterator[Trait]:
    for test in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        for mark in test.decorator_list if isinstance(test, ast.FunctionDef) else ():
            if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "trait":
                values = {"reference": "", "trait": "", "then": ""}
                values.update(zip(values, map(ast.literal_eval, mark.args), strict=False))
                values.update({str(word.arg): ast.literal_eval(word.value) for word in mark.keywords})
                assert isinstance(test, ast.FunctionDef)
                yield Trait(**values, module=module, test=test.name)


def page() -> str:
    """The page, as it has to stand in the documentation."""
    parts = [_HEAD]
    found = traits()
    for module in dict.fromkeys(each.module for each in found):
        title = (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").splitlines()[0].rstrip(".")
        path = module.relative_to(CHECKOUT).as_posix()
        parts.append(f"\n## {title}\n\n`{path}`\n\n| Trait | Reported in | What happens | Test |\n|---|---|---|---|\n")
        for each in (each for each in found if each.module == module):
            cells = (each.trait, each.reference, each.then, f"`{each.test}`")
            parts.append("| " + " | ".join(_cell(text) for text in cells) + " |\n")
    return "".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
