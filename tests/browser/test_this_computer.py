"""The main job in a browser: from the link in the terminal to the admin of the deployed site, on this computer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.words import seen
from tests.support.project import manage
from tests.support.waiting import PATIENCE, waited
from tests.web.servers import Server

pytestmark = pytest.mark.slow

Serve = Callable[..., AbstractContextManager[Server]]
Visit = Callable[..., Page]
PASSWORD = "a quiet goose 47"
#: Words that somebody sees on the way: overview, platform, plan, outcome, summary. It was more than twice as many.
MOST_WORDS = 1250


@pytest.fixture
def removed_afterwards(project: Path, environment: dict[str, str]) -> Iterator[None]:
    yield
    manage(project, "deploy", "--platform", "local", "--destroy", "--yes", env=environment)


@pytest.mark.slice(1)
@pytest.mark.parametrize("kind", ["runserver", "uvicorn"])
def test_from_the_link_to_the_admin_of_the_deployed_site(
    serve: Serve, visit: Visit, browser: Browser, project: Path, kind: str, removed_afterwards: None
) -> None:
    with serve(kind) as server:
        page = visit(server)
        expect(page.get_by_text("Ready to deploy.")).to_be_visible()
        words = [seen(page)]
        page.get_by_role("link", name="This computer").click()
        expect(page.get_by_role("button", name="Make the plan")).to_be_visible()
        words.append(seen(page))
        page.get_by_role("button", name="Make the plan").click()
        expect(page.get_by_role("heading", name="Files that change")).to_be_visible()
        longest = page.locator(".diff-part > summary")
        expect(longest).to_have_text(re.compile("What every deployed site has"))
        longest.click()
        expect(page.get_by_role("button", name="Configure and deploy")).to_be_visible()
        expect(page.locator(".diff-part .diff-add", has_text="whitenoise").first).to_be_visible()
        longest.click()
        words.append(seen(page))

        page.get_by_role("button", name="Configure and deploy").click()
        expect(page.locator(".step-running").first).to_be_visible()
        starts = server.output.count("Deployment dashboard:")
        urls = project / "mysite" / "urls.py"
        urls.write_text(urls.read_text(encoding="utf-8") + "\n# touched\n", encoding="utf-8")
        waited(lambda: server.output.count("Deployment dashboard:") > starts)

        expect(page.get_by_role("heading", name="Create an admin user for the site?")).to_be_visible()
        page.get_by_role("checkbox", name="Create an admin user").check()
        page.get_by_label("User name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="mysite is deployed to this computer")).to_be_visible()
        ids = page.eval_on_selector_all("#log-lines .line", "lines => lines.map(line => Number(line.id.slice(1)))")
        assert ids == sorted(set(ids))
        assert PASSWORD not in page.content()
        expect(page.get_by_role("log")).to_be_hidden()
        words.append(seen(page))

        page.get_by_role("link", name="Summary and next steps").click()
        expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
        words.append(seen(page))
        assert sum(words) <= MOST_WORDS, words
        address = page.locator(".address a").get_attribute("href")
        assert address is not None
        log_in(browser, address)


#: A large window, and a laptop's at 200 %: half as many pixels of the page, each twice as large.
WINDOWS: dict[str, dict[str, object]] = {
    "1920": {"viewport": {"width": 1920, "height": 1080}},
    "200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}


@pytest.mark.slice(1)
@pytest.mark.parametrize("window", WINDOWS)
def test_from_the_overview_to_the_open_site_by_keys_alone(
    serve: Serve, visit: Visit, window: str, removed_afterwards: None
) -> None:
    with serve() as server:
        page = visit(server, **WINDOWS[window])
        expect(page.get_by_text("Ready to deploy.")).to_be_visible()
        press(page, "link", "This computer")
        press(page, "button", "Make the plan")
        press(page, "button", "Configure and deploy")
        expect(page.get_by_role("heading", name="Create an admin user for the site?")).to_be_visible()
        press(page, "checkbox", "Create an admin user", "Space")
        reach(page, page.get_by_label("User name"))
        page.keyboard.type("ada")
        reach(page, page.get_by_label("Password"))
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="mysite is deployed to this computer")).to_be_visible()
        with page.context.expect_page() as opened:
            press(page, "link", "Open")
        site = opened.value
        site.wait_for_load_state()
        assert site.url.startswith("http://127.0.0.1:") and site.url.partition("/simple-deploy/")[1] == ""
        expect(site.locator("body")).not_to_be_empty()


def press(page: Page, role: Literal["link", "button", "checkbox"], name: str, key: str = "Enter") -> None:
    """Go there with Tab, and press a key."""
    reach(page, page.get_by_role(role, name=name).first)
    page.keyboard.press(key)


def reach(page: Page, control: Locator) -> None:
    """Press Tab until *control* has the focus, and see that nothing lies over it then."""
    expect(control).to_be_visible()
    for _ in range(MOST_TABS):
        if control.evaluate("each => each === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(control).to_be_focused()
    expect(control).to_be_in_viewport()
    assert control.evaluate(ON_TOP), f"Something lies over {control}."


#: More than there are on any page of the way.
MOST_TABS = 90
#: Whether the middle of an element is what somebody sees there.
ON_TOP = """each => {
    const {left, top, width, height} = each.getBoundingClientRect();
    const seen = document.elementFromPoint(left + width / 2, top + height / 2);
    return each === seen || each.contains(seen) || [...(each.labels ?? [])].some((label) => label.contains(seen));
}"""


def log_in(browser: Browser, address: str) -> None:
    """Log in to the admin of the site at *address*."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{address}admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Site administration").first).to_be_visible()
    assert re.search(r"/static/admin/css/base\.[0-9a-f]{12}\.css", page.content())
    assert page.goto(f"{address}no-such-page/").status == 404  # type: ignore[union-attr]
    assert "DEBUG" not in page.content()
    context.close()
