"""Up to three plans beside each other: what is the same in all, and what only one platform wants. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simple_deploy.core.plan import FileChange, Plan, RenderedPlan

MOST = 3
#: A line of a diff that sets one.
_SETTING = re.compile(r"\+\s*(?P<name>[A-Z][A-Z0-9_]{2,})\s*(?:\+?=)\s*(?P<value>[^=\s].*)")
_OPEN = ("(", "[", "{")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a plan has of a thing, and why. Nothing at all is a cell without a text."""

    text: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing, and what each plan has of it."""

    title: str
    cells: tuple[Cell, ...]

    @property
    def shared(self) -> bool:
        """Whether every plan has it."""
        return len(self.cells) > 1 and all(cell.text for cell in self.cells)

    @property
    def same(self) -> bool:
        """Whether every plan has just the same of it."""
        return self.shared and len({cell.text for cell in self.cells}) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the plans of *platforms* have, in each part what every plan has first.

    :param files: changed files. :param settings: of Django, as written, and the variables of the site that they read.
    :param steps: what else happens, by title.
    """

    platforms: tuple[str, ...]
    files: tuple[Row, ...]
    settings: tuple[Row, ...]
    steps: tuple[Row, ...]
    costs: tuple[Row, ...]


def compare(plans: Sequence[tuple[str, str, RenderedPlan]]) -> Comparison:
    """Put *plans* beside each other.

    :param plans: of each, the platform's name, what it costs in words, and the plan.
    """
    files = [{change.path: _change(change) for change in plan.changes} for _, _, plan in plans]
    settings = [_settings(plan) for _, _, plan in plans]
    steps = [{step.title: Cell("✓", step.why) for step in plan.plan.other_steps} for _, _, plan in plans]
    costs = (
        Row(title="What it costs", cells=tuple(Cell(cost) for _, cost, _ in plans)),
        Row(title="What will exist", cells=tuple(Cell(_made(plan.plan)) for _, _, plan in plans)),
    )
    return Comparison(
        platforms=tuple(name for name, _, _ in plans),
        files=_rows(files),
        settings=_rows(settings),
        steps=_rows(steps),
        costs=costs,
    )


def _settings(plan: RenderedPlan) -> dict[str, Cell]:
    """Each setting that a changed Python file gets with what it is set to, and each variable of the site they read.

    A platform sets dozens of variables more, with which no line of the project has to do.
    """
    changed = [change.diff.splitlines() for change in plan.changes if change.path.endswith(".py")]
    added = [line for lines in changed for line in lines if line.startswith("+")]
    found: dict[str, str] = {}
    for setting in filter(None, map(_SETTING.fullmatch, added)):
        value = setting["value"].partition("  # ")[0]
        value += " …" if value.endswith(_OPEN) else ""
        found[setting["name"]] = "; ".join(filter(None, (found.get(setting["name"]), value)))
    words = set(_WORD.findall("\n".join(added)))
    read = {f"{name} (variable)": "set on the site" for name, _ in plan.plan.hosting.site if name in words}
    return {name: Cell(text) for name, text in {**found, **read}.items()}


def _made(plan: Plan) -> str:
    if plan.makes_unlisted:
        return "not known in advance"
    return "; ".join(f"{each.kind} {each.name}" + (f": {each.cost}" if each.cost else "") for each in plan.creates)


def _rows(columns: Sequence[dict[str, Cell]]) -> tuple[Row, ...]:
    titles: Iterable[str] = dict.fromkeys(title for column in columns for title in column)
    rows = [Row(title=title, cells=tuple(column.get(title, Cell()) for column in columns)) for title in titles]
    return tuple(sorted(rows, key=lambda row: -sum(bool(cell.text) for cell in row.cells)))


def _change(change: FileChange) -> Cell:
    verb = {"create": "new", "modify": "changed", "delete": "removed"}[change.change]
    why = " ".join(why for _, why in change.reasons)
    return Cell(f"{verb}, +{change.added} −{change.removed}", why)
