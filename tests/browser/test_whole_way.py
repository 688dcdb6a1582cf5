"""From the link in the terminal to the deployed site, as a person goes it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.project import manage
from tests.support.waiting import waited
from tests.web.servers import Server

pytestmark = pytest.mark.slow

Serve = Callable[..., AbstractContextManager[Server]]
Visit = Callable[..., Page]


def make_plan(page: Page) -> None:
    page.get_by_role("link", name="Toy cloud").click()
    page.get_by_label("Name").fill("shop")
    page.get_by_role("button", name="Make the plan").click()
    expect(page.get_by_role("heading", name="Files that change")).to_be_visible()
    expect(page.get_by_role("button", name="Configure and deploy")).to_be_visible()


def line_ids(page: Page) -> list[int]:
    found = page.eval_on_selector_all("#log-lines .line", "lines => lines.map(line => Number(line.id.slice(1)))")
    return [int(each) for each in found]


@pytest.mark.slice(1)
@pytest.mark.parametrize("kind", ["runserver", "uvicorn"])
def test_a_deployment_survives_the_reload_of_its_server(serve: Serve, visit: Visit, project: Path, kind: str) -> None:
    with serve(kind, TOY_LINES="400") as server:
        page = visit(server)
        expect(page.get_by_text("Ready to deploy.")).to_be_visible()
        make_plan(page)
        expect(page.locator(".diff-add", has_text='app = "shop"')).to_be_visible()

        page.get_by_role("button", name="Configure and deploy").click()
        expect(page.get_by_role("heading", name="What should the site say?")).to_be_visible()
        expect(page).to_have_title(re.compile("Needs your answer"))
        starts = server.output.count("Deployment dashboard:")
        urls = project / "mysite" / "urls.py"
        urls.write_text(urls.read_text() + "\n# touched\n")
        waited(lambda: server.output.count("Deployment dashboard:") > starts)

        page.get_by_label("Greeting").fill("Good evening")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="mysite is deployed to Toy cloud")).to_be_visible()
        expect(page.get_by_role("status").first).to_have_text(re.compile("Done"))
        ids = line_ids(page)
        assert ids == sorted(set(ids))
        numbers = page.eval_on_selector_all("#log-lines .line-out", "lines => lines.map(line => line.textContent)")
        assert [text for text in numbers if text.startswith("line ")] == [f"line {number}" for number in range(400)]
        assert page.locator("#stream").count() == 0
        assert page.locator(".step-done").count() == page.locator(".step").count()

        page.get_by_role("link", name="Summary and next steps").click()
        expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
        expect(page.get_by_role("link", name="http://toy.localhost/shop").first).to_be_visible()


def test_without_threads_the_page_polls_and_misses_nothing(serve: Serve, visit: Visit) -> None:
    with serve("runserver without threads", TOY_LINES="120") as server:
        page = visit(server)
        make_plan(page)
        page.get_by_role("button", name="Configure and deploy").click()
        page.get_by_label("Greeting").fill("Hello")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="mysite is deployed to Toy cloud")).to_be_visible()
        numbers = page.eval_on_selector_all("#log-lines .line-out", "lines => lines.map(line => line.textContent)")
        assert [text for text in numbers if text.startswith("line ")] == [f"line {number}" for number in range(120)]


def test_without_javascript_the_page_refreshes_itself_and_every_button_works(serve: Serve, visit: Visit) -> None:
    with serve() as server:
        page = visit(server, java_script_enabled=False)
        page.get_by_role("link", name="Look at the project").click()
        expect(page.get_by_text("Ready to deploy.")).to_be_visible()
        make_plan(page)
        page.get_by_role("button", name="Configure and deploy").click()
        page.get_by_label("Greeting").fill("Plain")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="mysite is deployed to Toy cloud")).to_be_visible()


def test_a_run_can_be_cancelled_undone_and_its_failure_understood(serve: Serve, visit: Visit, project: Path) -> None:
    with serve(TOY_FAIL="release") as server:
        page = visit(server)
        make_plan(page)
        page.get_by_role("button", name="Configure and deploy").click()
        expect(page.get_by_role("heading", name="“Release” did not work")).to_be_visible()
        expect(page.get_by_text("Unset TOY_FAIL.")).to_be_visible()
        page.get_by_role("button", name="Resume from this step").click()
        expect(page.get_by_role("heading", name="“Release” did not work")).to_be_visible()

        page.goto(f"{server.base}/simple-deploy/platforms/toy/")
        page.get_by_role("button", name="Make the plan").click()
        page.get_by_role("button", name="Configure only").click()
        page.get_by_role("link", name="Undo the changes").click()
        expect(page.get_by_text("toy.toml")).to_be_visible()
        assert (project / "toy.toml").exists()
        page.get_by_role("button", name="Undo changes").click()
        expect(page.get_by_role("heading", name=re.compile("were undone"))).to_be_visible()
        assert not (project / "toy.toml").exists()


def test_a_question_left_open_can_be_cancelled(serve: Serve, visit: Visit) -> None:
    with serve() as server:
        page = visit(server)
        make_plan(page)
        page.get_by_role("button", name="Configure and deploy").click()
        expect(page.get_by_label("Greeting")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
        expect(page.get_by_label("Greeting")).to_have_count(0)


def slowly(route: Route) -> None:
    time.sleep(0.5)
    route.continue_()


def test_a_run_that_is_started_in_the_terminal_appears_on_the_open_page(
    serve: Serve, visit: Visit, project: Path, environment: dict[str, str]
) -> None:
    with serve() as server:
        page = visit(server)
        # One after another, as on a first visit: what comes first must not begin without the others.
        page.route("**/*.js", slowly)
        page.reload()
        expect(page.get_by_text("Nothing yet.")).to_be_visible()
        done = manage(project, "deploy", "--platform", "toy", "--plan", "--no-input", env=environment)
        assert done.returncode == 0, done.stderr
        expect(page.get_by_role("link", name="Plan Toy cloud Done")).to_be_visible()
        expect(page.get_by_text("Nothing yet.")).to_have_count(0)
