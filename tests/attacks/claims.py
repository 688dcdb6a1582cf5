"""What the tests prove, for people: an attack or a fault, and what happens then."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.support.checkout import CHECKOUT

PAGE = CHECKOUT / "docs" / "explanation" / "what-is-proven.md"
SECURITY = CHECKOUT / "SECURITY.md"

Test = TypeVar("Test", bound=Callable[..., Any])

#: What an attack on an earlier version got through, in its order.
HOLES = {
    1: "Browsers sent the session's cookie to a server on another port, and anybody who read it there could start runs",
    2: "After the first start the link, which contains the access code, named port 8000, no matter who listened there",
    3: "An edit that was saved after a file was read and before it was replaced was lost",
    4: "Secrets were shown in spellings that nobody had listed, and so were passwords in addresses with characters that"
    " were not escaped",
    5: "A secret in a site's log, with a colour before each character, was shown in the terminal and kept in the log",
    6: "A worker that hung left the runs in its queue waiting",
    7: "JSON nested 100,000 deep, or a folder where a file should be, broke the pages and `--history`",
    8: "Hidden characters and reversed text directions remained on the page, in the terminal and on disk",
    9: "The server's output gave away the access code; some proxy headers, and a name such as `-.localhost`,"
    " were accepted as local",
    10: "Files that a killed process left in the state folder stayed there forever",
    11: "A link that had replaced `settings.py` was overwritten, and undo turned it into a plain file",
    12: "If the settings could not be loaded, their secrets remained in the log of a site that printed them",
}

_HEAD = """\
# What is proven

This page lists what the tests do to the tool, and what has to happen then. It is generated from the tests by
`python -m tests.attacks`; a test compares the two. The numbers are those of the attacks in [SECURITY.md](../../SECURITY.md).

A test marked *every landing* runs before every change lands. A test that takes too long for that is marked *in turn*:
each landing tries a different part, so that [seven in a row](what-a-landing-tries.md) try all of it.
"""


_HOLES = """
## Holes that were found

Attacks on an earlier version got through in these ways. Each has a test that failed at that time.

| What got through | The tests that keep it closed |
|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """
    :param number: of the attack in SECURITY.md, or None. :param closes: numbers of the :data:`HOLES` that it fails for.
    :param test: its name. :param when: it is tried, in words.
    """

    attack: str
    then: str
    number: int | None
    closes: tuple[int, ...]
    module: Path
    test: str
    when: str


def proves(
    attack: str, then: str, *, number: int | None = None, closes: tuple[int, ...] = ()
) -> Callable[[Test], Test]:
    """Mark a test with what it proves. The page is made from the source, so these have to be plain texts."""
    return lambda test: test


def claims() -> list[Claim]:
    """Every claim of the tests, in their order."""
    modules = sorted((CHECKOUT / "tests").rglob("test_*.py"))
    return [claim for module in modules for claim in _claims_in(module)]


def _claims_in(module: Path) -> Iterator[Claim]:
    source = module.read_text(encoding="utf-8")
    if "from tests.attacks.claims import proves" not in source:
        return
    tree = ast.parse(source)
    for test in ast.walk(tree):
        for mark in test.decorator_list if isinstance(test, ast.FunctionDef) else ():
            if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "proves":
                attack, then = (ast.literal_eval(argument) for argument in mark.args)
                named = {word.arg: ast.literal_eval(word.value) for word in mark.keywords}
                assert isinstance(test, ast.FunctionDef)
                yield Claim(
                    attack=attack,
                    then=then,
                    number=named.get("number"),
                    closes=named.get("closes", ()),
                    module=module,
                    test=test.name,
                    when=_when(test, tree),
                )


def _when(test: ast.FunctionDef, module: ast.Module) -> str:
    """How often a test is tried: see tests/support/slices.py."""
    around = [
        mark
        for each in module.body
        if isinstance(each, ast.ClassDef) and test in each.body
        for mark in each.decorator_list
    ]
    whole = [
        each.value
        for each in module.body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark"
    ]
    every = [ast.unparse(mark) for mark in (*test.decorator_list, *around, *whole)]
    marks = [mark for mark in every if "parametrize" not in mark]  # what is said of some parameters alone
    share = next(
        (found[1] for mark in marks if (found := re.search(r"pytest\.mark\.slice\((?:slices\.)?(\w+)\)", mark))), None
    )
    if share == "0":
        return "in a whole run"
    slow = any("pytest.mark.slow" in mark for mark in marks)
    turns = (slow or share is not None) and share != "ALWAYS"
    return "in turn" if turns else "every landing"


def page() -> str:
    """The page, as it has to stand in the documentation."""
    found = claims()
    parts = [_HEAD, _holes(found)]
    for module in dict.fromkeys(claim.module for claim in found):
        path = module.relative_to(CHECKOUT).as_posix()
        title = (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or path).splitlines()[0].rstrip(".")
        parts.append(
            f"\n## {title}\n\n`{path}`\n\n| Attack or fault | What happens | Test | Tried |\n|---|---|---|---|\n"
        )
        for claim in (each for each in found if each.module == module):
            number = f"{claim.number}: " if claim.number else ""
            parts.append(f"| {number}{_cell(claim.attack)} | {_cell(claim.then)} | `{claim.test}` | {claim.when} |\n")
    return "".join(parts)


def _holes(found: Iterable[Claim]) -> str:
    """What got through once, and what has kept it closed since."""
    found = list(found)
    rows = [
        f"| {_cell(hole)} | {', '.join(f'`{each.test}`' for each in found if number in each.closes)} |\n"
        for number, hole in HOLES.items()
    ]
    return "".join([_HOLES, *rows])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def attacks() -> dict[int, str]:
    """The attacks of SECURITY.md by their numbers."""
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", SECURITY.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): title.strip() for number, title in rows}


def test_name(title: str) -> str:
    """How a test that is named after an attack begins."""
    return "test_" + re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
