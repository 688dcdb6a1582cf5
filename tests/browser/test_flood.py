"""More output than anybody reads: the page stays usable, and anybody who has seen enough can cancel."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from simple_deploy.inspection.locate import locate
from simple_deploy.jobs import worker
from simple_deploy.jobs.dispatch import dispatch
from simple_deploy.runs.model import RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from tests.attacks.claims import proves
from tests.browser.test_log import Live, Serve, Visit, live, numbers, page
from tests.project.conftest import wait_for
from tests.project.jobs.test_background import finished
from tests.support.project import PLUGINS

__all__ = ["live", "page", "wait_for"]

pytestmark = pytest.mark.slow


def last_line(page: Page) -> Locator:
    return page.locator("#log-lines .line-out").last


def newest(page: Page) -> int:
    """The number in the last line that the page shows; 0 while that has none."""
    found = re.fullmatch(r"line (\d+)", last_line(page).inner_text())
    return int(found[1]) if found else 0


LINES, KEPT = 100_000, 3_000


@proves(
    "Somebody opens the page of a log of 100,000 lines, looks at earlier ones, filters and downloads it, and "
    "2,000 more arrive meanwhile",
    "The page shows the end, never more than 3,000 lines, and does all of this",
    number=25,
)
def test_endless_output_is_looked_at(live: Live, page: Page) -> None:
    live.output(LINES)
    page.reload()
    expect(last_line(page)).to_have_text(f"line {LINES}")
    assert numbers(page) == list(range(LINES - 999, LINES + 1))
    page.get_by_role("button", name="Show earlier lines").click()
    expect(page.locator("#log-lines .line-out").first).to_have_text(f"line {LINES - 1999}")
    page.get_by_role("searchbox").fill("line 99999")
    expect(page.locator("#log-lines .line-out:visible")).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Follow").check()
    live.output(2_000)
    expect(last_line(page)).to_have_text(f"line {LINES + 2_000}")
    shown = numbers(page)
    assert shown == list(range(LINES + 2_001 - len(shown), LINES + 2_001))
    assert len(shown) <= KEPT
    log = page.request.get(f"{page.url}log.txt").text()
    assert re.findall(r"line (\d+)$", log, re.MULTILINE) == [str(number) for number in range(1, LINES + 2_001)]


@pytest.fixture
def service(project: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The project, whose platform's build never stops printing; the worker it may start is ended afterwards."""
    for name in set(os.environ) - set(environment):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TOY_LINES", "1000000000")
    monkeypatch.syspath_prepend(str(PLUGINS))
    found = Service(locate(start=project, manage_py=None, settings_module=None, runner=process.run))
    yield found
    info = worker.alive(found.store.root)
    if info is not None:
        process.kill_tree(info.pid)


@proves(
    "Somebody watches a deployment whose build prints without an end in a browser and cancels it there",
    "The page follows and stays small; the run is cancelled, and the program is gone",
    number=25,
)
@pytest.mark.timeout(900)
def test_endless_output_is_cancelled_in_the_browser(
    service: Service, serve: Serve, visit: Visit, wait_for: Callable[..., object]
) -> None:
    plan = service.create_plan("toy", {})
    dispatch(service, plan)
    assert finished(service, plan, wait_for).state is RunState.SUCCEEDED
    rendered = service.plan_of(plan.id)
    assert rendered is not None
    run = service.create_apply(plan.id, rendered.digest, RunKind.DEPLOY)
    with serve() as server:
        page = visit(server)
        dispatch(service, run)
        page.goto(f"{server.base}/simple-deploy/runs/{run.id}/")
        wait_for(lambda: newest(page) > 2 * KEPT)
        assert page.locator("#log-lines .line-out").count() <= KEPT
        page.get_by_role("button", name="Cancel").click()
        wait_for(lambda: not service.run(run.id).is_active)
        expect(page.get_by_text("was cancelled").first).to_be_visible()
    ended = service.run(run.id)
    assert (ended.state, ended.pid is None) == (RunState.CANCELLED, False)
    wait_for(lambda: not process.is_alive(ended.pid or 0))
