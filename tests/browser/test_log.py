"""The log: following, letting go, filtering, a bounded number of lines, and a server that goes away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simple_deploy import conf
from simple_deploy.core.events import Output, RunFinished, RunStarted, StepFinished, StepHead, StepStarted
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.context import SystemClock
from simple_deploy.inspection.locate import locate
from simple_deploy.runs.eventlog import EventWriter
from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from tests.web.servers import Server, serving

Serve = Callable[..., AbstractContextManager[Server]]
Visit = Callable[..., Page]

pytestmark = pytest.mark.slow


class Live:
    """A run whose events the test writes."""

    def __init__(self, project: Path, environment: dict[str, str]) -> None:
        location = locate(start=project, manage_py=None, settings_module="mysite.settings", runner=process.run)
        self.service = Service(location, conf.load(environment))
        self.run = self.service.create_plan("local", {})
        self.service.store.update(self.run.id, state=RunState.RUNNING, started=time.time())
        self.writer = EventWriter(self.service.store.folder(self.run.id), clock=SystemClock(), redact=Redactor())
        self.count = 0
        head = StepHead(id="build", title="Build", why="Because.")
        self.write(RunStarted(run_kind="plan", platform="local", steps=(head,)), StepStarted(title="Build"))

    def write(self, *payloads: object) -> None:
        for payload in payloads:
            self.writer.record("build", payload)  # type: ignore[arg-type]

    def output(self, count: int) -> None:
        for _ in range(count):
            self.count += 1
            self.write(Output(text=f"\x1b[32mline\x1b[0m {self.count}"))

    def end(self) -> None:
        self.service.store.update(self.run.id, state=RunState.FAILED, finished=time.time())
        self.write(StepFinished(outcome="failed", seconds=1.0), RunFinished(state="failed"))
        self.writer.close()


@pytest.fixture
def live(project: Path, environment: dict[str, str]) -> Iterator[Live]:
    found = Live(project, environment)
    yield found
    found.writer.close()


@pytest.fixture
def page(live: Live, serve: Serve, visit: Visit) -> Iterator[Page]:
    with serve() as server:
        page = visit(server)
        page.goto(f"{server.base}/simple-deploy/runs/{live.run.id}/")
        yield page


def numbers(page: Page) -> list[int]:
    found = page.eval_on_selector_all("#log-lines .line-out", "lines => lines.map(line => line.textContent)")
    return [int(text.removeprefix("line ")) for text in found]


def last_line(page: Page) -> object:
    return page.locator("#log-lines .line-out").last


def is_at_bottom(page: Page) -> bool:
    return bool(
        page.evaluate(
            "(log => log.scrollHeight - log.scrollTop - log.clientHeight < 5)(document.getElementById('log'))"
        )
    )


def test_following_lets_go_when_the_reader_scrolls_and_comes_back(live: Live, page: Page) -> None:
    live.output(200)
    expect(page.locator("#log-lines .line-out")).to_have_count(200)
    assert is_at_bottom(page)
    page.locator("#log").hover()
    page.mouse.wheel(0, -1500)
    expect(page.get_by_label("Follow")).not_to_be_checked()
    place = page.evaluate("document.getElementById('log').scrollTop")
    live.output(50)
    expect(page.locator("#log-lines .line-out")).to_have_count(250)
    assert page.evaluate("document.getElementById('log').scrollTop") == place
    page.get_by_role("button", name="Newest lines").click()
    expect(page.get_by_label("Follow")).to_be_checked()
    assert is_at_bottom(page)
    live.output(1)
    expect(page.locator("#log-lines .line-out")).to_have_count(251)
    assert is_at_bottom(page)


def test_the_log_is_read_with_the_keyboard(live: Live, page: Page) -> None:
    live.output(200)
    expect(page.locator("#log-lines .line-out")).to_have_count(200)
    page.locator("#log").focus()
    page.keyboard.press("Home")
    expect(page.get_by_label("Follow")).not_to_be_checked()
    page.keyboard.press("End")
    expect(page.get_by_label("Follow")).to_be_checked()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_filter_shows_the_lines_that_match_also_when_they_come_later(live: Live, page: Page) -> None:
    live.output(30)
    expect(page.locator("#log-lines .line-out")).to_have_count(30)
    page.get_by_role("searchbox").fill("LINE 2")
    expect(page.locator("#log-lines .line-out:visible")).to_have_count(11)
    expect(page.locator("#log-count")).to_have_text("11 of 31")
    live.output(171)
    expect(page.locator("#log-count")).to_have_text("13 of 202")
    assert page.locator("#log-lines mark").count() >= 13
    page.get_by_role("searchbox").fill("")
    expect(page.locator("#log-lines .line-out:visible")).to_have_count(201)
    assert page.locator("#log-lines mark").count() == 0
    assert page.locator("#log-lines .fg-2").count() == 201


def test_a_flood_of_lines_is_bounded_and_earlier_ones_come_when_asked_for(live: Live, page: Page) -> None:
    live.output(6000)
    expect(page.locator("#log-lines .line-out").last).to_have_text("line 6000")
    shown = numbers(page)
    assert shown == list(range(6000 - len(shown) + 1, 6001))
    assert len(shown) <= 3000
    page.get_by_role("button", name="Show earlier lines").click()
    expect(page.locator("#log-lines .line-out").first).to_have_text(f"line {shown[0] - 1000}")
    more = numbers(page)
    assert more == list(range(shown[0] - 1000, 6001))
    expect(page.get_by_label("Follow")).not_to_be_checked()


def test_a_server_that_goes_away_is_waited_for(
    live: Live, project: Path, environment: dict[str, str], visit: Visit
) -> None:
    with serving(project, environment) as server:
        page = visit(server)
        page.goto(f"{server.base}/simple-deploy/runs/{live.run.id}/")
        live.output(5)
        expect(page.locator("#log-lines .line-out")).to_have_count(5)
        port = server.port
    live.output(5)
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    with serving(project, environment, port=port):
        expect(page.locator("#log-lines .line-out")).to_have_count(10)
        expect(page.get_by_text("Reconnecting")).not_to_be_visible()
        live.end()
        expect(page.get_by_role("heading", name="“Build” did not work")).to_be_visible()
        assert numbers(page) == list(range(1, 11))


def test_times_and_steps_lead_to_lines(live: Live, page: Page) -> None:
    live.output(300)
    expect(page.locator("#log-lines .line-out")).to_have_count(300)
    page.get_by_label("Times").check()
    content = page.eval_on_selector("#log-lines .line-out", "line => getComputedStyle(line, '::before').content")
    assert content.count(":") == 2
    page.get_by_role("link", name="Build").click()
    expect(page.locator("#log-lines .line-step")).to_be_in_viewport()
    expect(page.get_by_label("Follow")).not_to_be_checked()
