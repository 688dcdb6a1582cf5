"""The table in the documentation says what the tests of this folder try."""

from __future__ import annotations

from tests.shapes import table
from tests.shapes.layouts import LAYOUTS
from tests.shapes.managers import MANAGERS


def test_the_table_is_as_the_tests_are() -> None:
    page = table.PAGE.read_text(encoding="utf-8")
    assert page == table.written(page), "run: python -m tests.shapes.table"


def test_every_layout_and_every_manager_is_deployed() -> None:
    pairs = [*table.deployments()]
    assert [layout for layout, _ in pairs] == [*LAYOUTS]
    assert {manager.name for _, manager in pairs} == {manager.name for manager in MANAGERS}


def test_every_combination_is_tried_or_has_a_reason() -> None:
    tried = {(layout.name, manager.name) for layout, manager in (*table.deployments(), *table.planned())}
    empty = {
        (layout.name, manager.name)
        for layout in LAYOUTS
        for manager in MANAGERS
        if (layout.name, manager.name) not in tried
    }
    assert {name for name, _ in empty} <= set(table.WHY_EMPTY)
