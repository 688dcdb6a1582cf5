"""Which dependency managers and layouts were really built and run on which platform, as the tests say.

A slow test that builds and runs projects is marked with :func:`proves`; it then runs once for each of its cells, and
those are what docs/reference/platform-table.md shows. ``python -m tests.platforms.table`` writes that page anew; a
test compares the two.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from simple_deploy.platforms import registry
from simple_deploy.platforms.base import Card

F = TypeVar("F", bound=Callable[..., Any])

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "platform-table.md"
MODULE = "tests.platforms.table"  # also when it is run as __main__
MARK = "proves"

LAYOUTS = ("flat", "nested")
#: How a manager is called on the page, in the order of its rows. A key is the manager's own name, and ``-tool`` behind it
#: for the older of two tables it reads.
MANAGERS: Mapping[str, str] = {
    "requirements": "requirements.txt",
    "pip-tools": "pip-tools",
    "pipenv": "Pipenv",
    "poetry": "Poetry, `[project]`",
    "poetry-tool": "Poetry, `[tool.poetry]`",
    "uv": "uv",
    "pdm": "PDM",
    "hatch": "Hatch",
    "pep621": "`[project]` alone",
}

_INTRODUCTION = """\
# Platforms, managers, layouts

<!-- Written by `python -m tests.platforms.table` from the tests; do not edit. -->

Each “built and run” stands for a test. It writes the sample project in that shape, configures the platform as
`manage.py deploy` does, and then really does what the platform would do: it installs packages, collects static files,
applies migrations to a database, starts the server, and requests pages as the platform's edge does: the start page, the
login with a POST, a static file with a hashed name, and a page that does not exist. For platforms that need an account
the test follows their published rules, on the computer that runs it. *Flat* means that manage.py is at the git root,
*nested* that it is in a folder below.

[Choose a platform](../how-to/choose-a-platform.md) compares the platforms themselves.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A test, and what it proves.

    :param cells: manager and layout of each project it builds and runs.
    :param without: why others of the platform's managers (or ``manager/layout``) are not among them.
    :param test: where it is: file and function.
    """

    platform: str
    cells: tuple[tuple[str, str], ...]
    without: Mapping[str, str] = field(default_factory=dict)
    test: str = ""


def proves(
    platform: str,
    managers: Sequence[str],
    *,
    layouts: Sequence[str] = LAYOUTS,
    without: Mapping[str, str] | None = None,
) -> Callable[[F], F]:
    """Marks a test that takes ``manager`` and ``layout``, and builds and runs a project of that shape on *platform*.

    :param without: the reason why a manager of the platform's card, or one ``manager/layout``, is not among them.
    """
    unknown = {*managers} - {*MANAGERS}
    if unknown:
        raise ValueError(f"no such manager: {', '.join(sorted(unknown))}")
    cells = tuple((manager, layout) for manager in managers for layout in layouts)
    mark = getattr(pytest.mark, MARK)(platform=platform, cells=cells, without=dict(without or {}))

    def decorate(function: F) -> F:
        for each in (pytest.mark.parametrize(("manager", "layout"), cells), mark, pytest.mark.slow):
            function = each(function)
        return function

    return decorate


def proofs() -> tuple[Proof, ...]:
    """What the tests of this checkout prove."""
    return tuple(proof for module in _modules() for proof in _proofs_of(module))


def _modules() -> Iterator[str]:
    """The modules that use the mark, found without importing the others."""
    for path in sorted(ROOT.glob("tests/platforms/*/test_*.py")):
        if f"from {MODULE} import" in path.read_text(encoding="utf-8"):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _proofs_of(module: str) -> Iterator[Proof]:
    loaded = importlib.import_module(module)
    for name, function in vars(loaded).items():
        if not name.startswith("test_"):
            continue
        for mark in getattr(function, "pytestmark", ()):
            if mark.name == MARK:
                yield Proof(**mark.kwargs, test=f"{module.replace('.', '/')}.py::{name}")


def page(cards: Sequence[Card], found: Sequence[Proof]) -> str:
    """The page for these platforms, with what was *found* about them.

    :raises ValueError: a cell is neither proven nor has it a reason, or a reason stands for one that is proven.
    """
    reasons: dict[str, int] = {}
    head = [f"{card.name}, {layout}" for card in cards for layout in LAYOUTS]
    rows = [head_row(["Manager", *head])]
    for manager, title in MANAGERS.items():
        cells = [_cell(card, manager, layout, found, reasons) for card in cards for layout in LAYOUTS]
        rows.append(f"| {title} | {' | '.join(cells)} |")
    notes = [f"{number}. {reason}" for reason, number in reasons.items()]
    return "\n".join([_INTRODUCTION, *rows, "", "## Why a cell is empty", "", *(notes or ["None is."]), ""])


def head_row(titles: Sequence[str]) -> str:
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"


def _cell(card: Card, manager: str, layout: str, found: Sequence[Proof], reasons: dict[str, int]) -> str:
    mine = [proof for proof in found if proof.platform == card.slug]
    proven = any((manager, layout) in proof.cells for proof in mine)
    reason = _reason(card, manager, layout, mine)
    if proven:
        if reason:
            raise ValueError(f"{card.slug}: {manager}, {layout} is proven, and has a reason why not: {reason}")
        return "built and run"
    if not reason:
        raise ValueError(f"{card.slug}: {manager}, {layout} is on the card, but no test proves it and nothing says why")
    return f"– ({reasons.setdefault(reason, len(reasons) + 1)})"


def _reason(card: Card, manager: str, layout: str, mine: Sequence[Proof]) -> str:
    if manager.removesuffix("-tool") not in card.managers:
        return f"{card.name} is not offered for this manager."
    if layout not in card.layouts:
        return f"{card.name} is not offered for this layout."
    given = [proof.without[key] for proof in mine for key in (f"{manager}/{layout}", manager) if key in proof.without]
    return f"{card.name}: {given[0]}" if given else ""


def cards(found: Sequence[Proof]) -> tuple[Card, ...]:
    """The cards of the platforms that come with the tool."""
    slugs = {proof.platform for proof in found}
    return tuple(platform.card for platform in registry.load().platforms if platform.card.slug in slugs)


def main() -> None:
    found = proofs()
    PAGE.write_text(page(cards(found), found), encoding="utf-8", newline="\n")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
