"""The newest plan of each platform on one page."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.runs.model import RunKind
from simple_deploy.runs.service import Service
from tests.support import recorded
from tests.web.conftest import Browser, words


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return recorded.service(tmp_path)


def test_without_a_plan_the_page_says_how_to_get_one(browser: Browser) -> None:
    assert "There is no plan yet." in words(browser.page("compare/"))


def test_the_newest_plans_are_shown_with_their_reasons_and_costs(browser: Browser) -> None:
    run, writer = recorded.begin(browser.service)
    writer.close()
    browser.service.store.update(run.id, kind=RunKind.PLAN)
    page = words(browser.page("compare/?platform=toy"))
    assert "toy.toml new, +2 −0 The cloud reads it." in page
    assert "Check the login ✓ Somebody has to own the site." in page
    assert "What it costs Nothing" in page
    assert "There is no plan yet." in words(browser.page("compare/?platform=moon"))
