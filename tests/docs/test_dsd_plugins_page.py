"""The page on the public plugins is made from what came of them."""

from __future__ import annotations

from tests.legacy.outcomes import PAGE, page, recorded
from tests.legacy.plugins import LAYOUTS, MANAGERS, PLUGINS


def test_the_page_is_made_from_what_was_recorded() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(recorded()), "run `python -m tests.legacy`"


def test_every_plugin_was_tried_and_nothing_that_is_no_project() -> None:
    shapes = {f"{layout} {manager}" for layout in LAYOUTS for manager in MANAGERS}
    found = recorded()
    assert {*found} == {*PLUGINS}
    assert all({*plugin.outcomes} <= shapes for plugin in found.values())
