"""Which layout is tried with which manager, and the table of it in the documentation.

``python -m tests.shapes.table`` writes the table anew; a test compares it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.shapes.layouts import LAYOUTS, Layout
from tests.shapes.managers import BY_NAME, MANAGERS, Manager

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "shapes.md"
BEGIN = "<!-- The table is made by: python -m tests.shapes.table -->\n"
END = "<!-- End of the table -->\n"

DEPLOYED, PLANNED = "●", "○"
ONLY: Mapping[str, str] = {"Django's tutorial": "requirements.txt"}
#: A manager that locks takes minutes for what these need.
QUICKER: Mapping[str, str] = {"Wagtail": "plain PEP 621"}
WHY_EMPTY = {
    "Django's tutorial": "its readers have no dependency file yet; the tool writes a requirements.txt for them",
    "nanodjango, one file": "there is no manage.py; the tool says how to turn it into a project, which is the row above",
}
#: Shown without being a layout of its own.
UNSUPPORTED = ("nanodjango, one file",)


def deployed_with(layout: Layout) -> Manager:
    """The manager with which the layout is deployed for real: in turn, so that each manager meets several layouts."""
    named = {**ONLY, **QUICKER}.get(layout.name)
    if named is not None:
        return BY_NAME[named]
    return MANAGERS[LAYOUTS.index(layout) % len(MANAGERS)]


def deployments() -> Iterator[tuple[Layout, Manager]]:
    for layout in LAYOUTS:
        yield layout, deployed_with(layout)


def planned() -> Iterator[tuple[Layout, Manager]]:
    """Every other combination."""
    for layout in LAYOUTS:
        if layout.name not in ONLY:
            yield from ((layout, manager) for manager in MANAGERS if manager is not deployed_with(layout))


def cell(layout: Layout, manager: Manager) -> str:
    if manager is deployed_with(layout):
        return DEPLOYED
    return "" if layout.name in ONLY else PLANNED


def table() -> str:
    rows = [["Layout", *(manager.name for manager in MANAGERS)], ["---", *("---" for _ in MANAGERS)]]
    rows += [[layout.name, *(cell(layout, manager) for manager in MANAGERS)] for layout in LAYOUTS]
    rows += [[name, *("" for _ in MANAGERS)] for name in UNSUPPORTED]
    lines = ["| " + " | ".join(row).replace("|  |", "| |").replace("|  |", "| |") + " |" for row in rows]
    reasons = [f"* {name}: {reason}." for name, reason in WHY_EMPTY.items()]
    return "\n".join([*lines, "", "Why a cell is empty:", "", *reasons]) + "\n"


def written(page: str) -> str:
    """*page* with the table as it is now."""
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
