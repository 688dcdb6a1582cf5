"""A rehearsal as a person goes it on the pages, to the site and to its end."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from simple_deploy.rehearsal import World
from tests.project.rehearsal.test_rehearsing import PLUGINS, everything
from tests.web.servers import Server

pytestmark = pytest.mark.slow

Serve = Callable[..., AbstractContextManager[Server]]
Visit = Callable[..., Page]


def rehearse(page: Page, scenario: str) -> None:
    page.get_by_label("What should happen").select_option(label=scenario)
    page.get_by_role("button", name="Rehearse").click()
    is_rehearsal(page)
    page.get_by_role("button", name="Make the plan").click()


def is_rehearsal(page: Page) -> None:
    expect(page.get_by_role("complementary", name="Rehearsal")).to_contain_text("Puddle is simulated on this computer")


def is_on_the_first_screen_of_a_projector(page: Page, part: Locator) -> bool:
    """With 1280 × 800 pixels, and the browser at 200 %."""
    usual = page.viewport_size
    page.set_viewport_size({"width": 640, "height": 400})
    page.evaluate("window.scrollTo(0, 0)")
    box = part.bounding_box()
    page.set_viewport_size(usual)  # type: ignore[arg-type]
    return box is not None and box["y"] + box["height"] <= 400


def test_a_rehearsal_fails_works_is_visited_and_ends(
    serve: Serve, visit: Visit, browser: Browser, project: Path, environment: dict[str, str]
) -> None:
    world = World(project / ".simple_deploy" / "rehearsals" / "puddle" / "world")
    with serve(PYTHONPATH=os.pathsep.join([environment["PYTHONPATH"], str(PLUGINS)])) as server:
        try:
            page = visit(server)
            before = everything(project)
            page.get_by_role("link", name="Puddle").click()
            rehearse(page, "It goes wrong: nobody is logged in to the platform")
            expect(page.get_by_text("You are not logged in.").first).to_be_visible()
            is_rehearsal(page)

            page.goto(f"{server.base}/simple-deploy/platforms/puddle/")
            expect(page.get_by_role("complementary", name="Rehearsal")).to_have_count(0)
            rehearse(page, "All goes well")
            expect(page.locator(".diff-add", has_text='app = "mysite"')).to_be_visible()
            is_rehearsal(page)
            page.get_by_role("button", name="Configure and deploy").click()
            expect(page.get_by_role("heading", name="mysite is deployed to Puddle")).to_be_visible()
            is_rehearsal(page)
            assert is_on_the_first_screen_of_a_projector(page, page.locator("#run-outcome h2").first)
            assert is_on_the_first_screen_of_a_projector(page, page.locator("#run-outcome a").first)
            page.get_by_role("link", name="Summary and next steps").click()
            is_rehearsal(page)
            link = page.get_by_role("link", name="http://mysite-puddle.localhost:").first
            address = link.get_attribute("href")
            assert address is not None

            # In a window of its own, since nothing of the dashboard may come from elsewhere.
            site = browser.new_page()
            site.goto(address)
            expect(site.locator("body")).to_contain_text("at mysite.puddle.example over https")
            site.close()
            assert everything(project) == before

            page.get_by_role("button", name="End the rehearsal").click()
            expect(page.get_by_role("button", name="Rehearse")).to_be_visible()
            assert not world.folder.exists()
        finally:
            if world.folder.exists():
                world.remove()
