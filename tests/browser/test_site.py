"""The pages of a deployed site in a browser: the log as it grows, secrets, what words mean."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import inspect
from tests.support.checkout import CHECKOUT
from tests.web.servers import Server

pytestmark = pytest.mark.slow

Serve = Callable[..., AbstractContextManager[Server]]
Visit = Callable[..., Page]


@pytest.fixture
def home(environment: dict[str, str], project: Path, tmp_path: Path) -> Path:
    """The folder of a site that can do everything, which the project is deployed to."""
    plugin = tmp_path / "plugin"
    found = plugin / "lively-1.0.dist-info"
    found.mkdir(parents=True)
    (found / "METADATA").write_text("Metadata-Version: 2.1\nName: lively\nVersion: 1.0\n", encoding="utf-8")
    (found / "entry_points.txt").write_text("[simple_deploy]\nlively = tests.web.lively\n", encoding="utf-8")
    environment["PYTHONPATH"] = os.pathsep.join([str(plugin), str(CHECKOUT), environment["PYTHONPATH"]])
    targets = project / ".simple_deploy" / "targets"
    targets.mkdir(parents=True)
    target = {"platform": "lively", "answers": {}, "resources": [], "url": "http://127.0.0.1:9/"}
    target["resources"] = [{"kind": "pond", "name": "the shop"}]
    (targets / "lively.json").write_text(json.dumps(target), encoding="utf-8")
    home = Path(environment["SIMPLE_DEPLOY_DATA_DIR"]) / "lively"
    home.mkdir(parents=True)
    state = {"is": {"running": "yes"}, "releases": {"v1": "", "v2": ""}, "variables": {"STRIPE_KEY": "sk-hidden"}}
    (home / "site.json").write_text(json.dumps(state), encoding="utf-8")
    (home / "log.txt").write_text('Listening\n"GET /" 200\nERROR in the pond\n', encoding="utf-8")
    return home


def test_the_pages_of_a_site(serve: Serve, visit: Visit, home: Path) -> None:
    with serve() as server:
        page = visit(server)
        expect(page.locator(".verdict").first).to_be_visible()
        page.get_by_text("All platforms").click()
        inspect(page, "start with a site")
        page.get_by_role("link", name="Everything about this site").click()
        expect(page.get_by_text("It swims.")).to_be_visible()
        page.get_by_text("Figures").click()
        inspect(page, "site")

        page.get_by_role("link", name="Log", exact=True).click()
        expect(page.get_by_text("Listening")).to_be_visible()
        inspect(page, "log of the site")
        with (home / "log.txt").open("a", encoding="utf-8") as log:
            log.write('"GET /gone" 404\n')
        expect(page.get_by_text("/gone")).to_be_visible()
        page.get_by_label("Level").select_option("error")
        expect(page.locator("#log-lines .line:visible")).to_have_text(["ERROR in the pond"])
        page.get_by_label("Level").select_option("")
        page.get_by_label("Show only lines with").fill("gone")
        expect(page.locator("#log-lines .line:visible")).to_have_count(1)

        page.get_by_role("link", name="Releases").click()
        expect(page.get_by_role("row", name="v1")).to_be_visible()
        inspect(page, "releases")
        word = page.get_by_role("button", name="migrations")
        word.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("A change to the tables of the database")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_text("A change to the tables of the database")).to_be_hidden()

        page.get_by_role("link", name="Variables").click()
        expect(page.get_by_role("link", name="Unset … STRIPE_KEY")).to_be_visible()
        inspect(page, "variables")
        value = page.get_by_role("textbox", name="Value")
        value.fill("a secret")
        page.get_by_role("button", name="Show").click()
        expect(value).to_have_attribute("type", "text")
        page.get_by_role("button", name="Hide").click()
        expect(value).to_have_attribute("type", "password")

        for name in ("Mail", "Run a command", "Backups", "Domains", "Size and cost"):
            page.get_by_role("link", name=name).click()
            expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
            expect(page.locator(".loading")).to_have_count(0)
            inspect(page, name)
        on_a_telephone_the_sections_are_one_row(page)
        page.get_by_role("radio", name="lake").check()
        page.get_by_role("button", name="Change it …").click()
        expect(page.get_by_role("heading", name=re.compile("lake")).first).to_be_visible()
        inspect(page, "another size")


def on_a_telephone_the_sections_are_one_row(page: Page) -> None:
    """The one that is shown is in sight, and Tab brings each of the others there."""
    size = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    page.reload()
    tabs = page.get_by_role("navigation", name="Site", exact=True).get_by_role("link")
    assert len({tabs.nth(number).evaluate("each => each.offsetTop") for number in range(tabs.count())}) == 1
    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.99)
    tabs.first.focus()
    for number in range(tabs.count()):
        expect(tabs.nth(number)).to_be_focused()
        expect(tabs.nth(number)).to_be_in_viewport(ratio=0.99)
        page.keyboard.press("Tab")
    page.set_viewport_size(size)  # type: ignore[arg-type]


def test_the_pages_of_a_site_are_read_without_javascript(serve: Serve, visit: Visit, home: Path) -> None:
    with serve() as server:
        page = visit(server, java_script_enabled=False)
        page.get_by_role("link", name="Everything about this site").click()
        page.get_by_role("link", name="Ask the lively pond").click()
        expect(page.get_by_text("It swims.")).to_be_visible()
        page.get_by_role("link", name="Log", exact=True).click()
        page.get_by_role("link", name="Show the newest lines").click()
        expect(page.get_by_text("Listening")).to_be_visible()
        page.get_by_label("Level").select_option("error")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_text("ERROR in the pond")).to_be_visible()
        expect(page.get_by_text("Listening")).to_have_count(0)
