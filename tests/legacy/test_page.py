"""Two public plugins from their card to their end on the pages, in Chromium; the programs of the platforms are played."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import browser, visit
from tests.legacy import programs
from tests.legacy.comparing import OURS
from tests.legacy.outcomes import ON_THE_PAGE
from tests.legacy.plugins import Environment, make, tree
from tests.legacy.programs import Programs
from tests.support.repository import git
from tests.web.servers import serving

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.slice(0)]


@pytest.mark.parametrize("plugin", ON_THE_PAGE)
def test_a_plugin_goes_the_whole_way_on_the_page(
    environment: Environment,
    plugin: str,
    played: Programs,
    remote: Path,
    site: str,
    visit: Callable[..., Page],
    tmp_path: Path,
) -> None:
    played.answer(programs.DEPLOYMENTS[plugin].play(remote, site))
    project = make(tmp_path / "site", apps=OURS)
    env = environment.variables({**played.environment(), "SIMPLE_DEPLOY_WORKER_IDLE": "20"})
    with serving(project, env, python=str(environment.python)) as server:
        page = visit(server)
        before = tree(project)  # with the database that runserver makes
        page.get_by_role("link", name=f"dsd-{plugin}").click()
        expect(page.get_by_text("cannot be removed, stopped or rolled back from here")).to_be_visible()
        for untrue in ("but no credit card", "Settings of the deployed site", "create, push, verify"):
            expect(page.get_by_text(untrue)).to_have_count(0)
        if plugin == "railway":
            page.get_by_label("Db (optional)").fill("sqlite")
        page.get_by_role("button", name="Make the plan").click()
        expect(page.get_by_role("navigation", name="Files that change")).to_contain_text("blog/settings.py")
        expect(page.get_by_text("stays until you remove it yourself").first).to_be_visible()
        expect(page.get_by_text("It does not say in advance what that is")).to_be_visible()
        assert tree(project) == before

        page.get_by_role("button", name="Configure and deploy").click()
        expect(page.get_by_role("heading", name=re.compile("is deployed to"))).to_be_visible()
        page.get_by_role("link", name="Summary and next steps").click()
        made = "railway init --name" if plugin == "railway" else "scalingo create"
        said = "the deployment has not checked" if plugin == "railway" else "Everything was handed to Scalingo"
        expect(page.get_by_text(said)).to_be_visible()
        if plugin == "railway":
            told = page.get_by_text("That stands in ~/.railway/config.json now")
            page.locator("details", has=told).locator("summary").click()
            expect(told).to_be_visible()
        run = page.get_by_role("region", name="What was run")
        run.locator("summary").click()
        expect(run.get_by_text(made).first).to_be_visible()
        expect(run.get_by_text("driver.py")).to_have_count(0)
        assert any(call.startswith(made) for call in played.calls)
        assert git(project, "status", "--porcelain") == "" and tree(project) != before

        page.go_back()
        page.get_by_role("link", name="Undo the changes").click()
        page.get_by_role("button", name="Undo changes").click()
        expect(page.get_by_role("heading", name=re.compile("were undone"))).to_be_visible()
        assert tree(project) == before and git(project, "remote") == ""
        page.get_by_role("link", name="Summary and next steps").click()
        left = page.get_by_role("region", name="What undo does not remove")
        expect(left.get_by_text(made)).to_be_visible()
        expect(left.get_by_text("driver.py")).to_have_count(0)
