"""Every page in every state: nothing serious for axe in light and dark, nothing cut off on a telephone, all by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.servers import Server

Serve = Callable[..., AbstractContextManager[Server]]
Visit = Callable[..., Page]

pytestmark = pytest.mark.slow

AXE = Axe()


def inspect(page: Page, where: str) -> None:
    """What is wrong with the page as it is now."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = AXE.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
        serious = [
            (each["id"], [node["html"][:160] for node in each["nodes"]])
            for each in found.response["violations"]
            if each["impact"] in {"serious", "critical", "moderate"}
        ]
        assert serious == [], f"{where}, {scheme}"
    size = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function("window.innerWidth === 360")  # a busy browser is still as wide as before
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, where
    page.set_viewport_size(size)  # type: ignore[arg-type]


def test_pages_of_a_deployment_that_works(serve: Serve, visit: Visit, project: Path) -> None:
    with serve(TOY_LINES="40") as server:
        page = visit(server)
        expect(page.get_by_text("Ready to deploy.")).to_be_visible()
        page.get_by_text("passed checks").click()
        inspect(page, "start")
        page.get_by_role("link", name="Toy cloud").click()
        inspect(page, "platform")
        page.get_by_label("Name").fill("NOT RIGHT")
        page.get_by_role("button", name="Make the plan").click()
        expect(page.get_by_role("alert")).to_be_visible()
        inspect(page, "platform with a problem")
        page.get_by_label("Name").fill("shop")
        page.get_by_role("button", name="Make the plan").click()
        expect(page.get_by_role("button", name="Configure and deploy")).to_be_visible()
        inspect(page, "plan")
        page.get_by_role("button", name="Configure and deploy").click()
        expect(page.get_by_label("Greeting")).to_be_visible()
        inspect(page, "question")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("link", name="Summary and next steps")).to_be_visible()
        inspect(page, "done")
        page.get_by_role("link", name="Summary and next steps").click()
        inspect(page, "summary")
        page.get_by_role("link", name="Undo").click()
        inspect(page, "undo")
        page.get_by_role("link", name="History").click()
        inspect(page, "history")
        page.goto(f"{server.base}/simple-deploy/platforms/toy/")
        inspect(page, "platform with a site")
        page.get_by_role("link", name="Look after the site").click()
        expect(page.get_by_text("1 app")).to_be_visible()
        inspect(page, "site")
        page.get_by_role("link", name="Stop").click()
        inspect(page, "site, before it is stopped")
        page.go_back()
        page.get_by_role("link", name="Remove it").click()
        inspect(page, "destroy")


def test_pages_of_what_goes_wrong(serve: Serve, visit: Visit, project: Path) -> None:
    (project / "manage.py").write_text((project / "manage.py").read_text() + "\n# work in progress\n")
    with serve(TOY_FAIL="create") as server:
        page = visit(server)
        expect(page.get_by_text("blocks deployment")).to_be_visible()
        inspect(page, "start with a blocker")
        page.get_by_role("link", name="Toy cloud").click()
        page.get_by_role("button", name="Make the plan").click()
        expect(page.get_by_role("heading", name="Fix this first")).to_be_visible()
        inspect(page, "blocked")
        page.get_by_role("link", name="Change the answers").click()
        page.get_by_label("Deploy my uncommitted changes too").check()
        page.get_by_role("button", name="Make the plan").click()
        page.get_by_role("button", name="Configure and deploy").click()
        expect(page.get_by_role("heading", name="“Create the app” did not work")).to_be_visible()
        inspect(page, "failed")
        page.goto(f"{server.base}/simple-deploy/fixes/git-identity/")
        inspect(page, "fix")
        page.context.clear_cookies()
        page.goto(f"{server.base}/simple-deploy/?code=wrong")
        expect(page.get_by_role("heading", name="Open it from your terminal")).to_be_visible()
        inspect(page, "refused")


def test_everything_is_reached_with_the_keyboard(serve: Serve, visit: Visit) -> None:
    with serve() as server:
        page = visit(server)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator("main a:focus")).to_have_count(1)
        while not re.search("Toy cloud", page.locator(":focus").inner_text()):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Make the plan")).to_be_visible()
        page.get_by_label("Name").focus()
        page.keyboard.press("Enter")
        button = page.get_by_role("button", name="Configure only")
        expect(button).to_be_visible()
        button.focus()
        page.keyboard.press("Space")
        expect(page.get_by_role("link", name="Summary and next steps")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.querySelector('.button-main')).outlineStyle") == "none"
        page.get_by_role("link", name="Summary and next steps").focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_what_is_announced_is_the_step_and_not_every_line(serve: Serve, visit: Visit) -> None:
    with serve(TOY_LINES="50") as server:
        page = visit(server)
        page.get_by_role("link", name="Toy cloud").click()
        page.get_by_role("button", name="Make the plan").click()
        expect(page.locator("#run-says")).to_have_text(re.compile(r"Step \d of \d: "))
        log = page.get_by_role("log")
        assert log.get_attribute("aria-live") == "off"
        assert log.get_attribute("tabindex") == "0"
        expect(page.locator("#run-says")).to_have_text("Plan for Toy cloud: Done")
