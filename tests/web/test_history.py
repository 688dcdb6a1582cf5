"""The history: filtered, in pages, with what took how long and from where."""

from __future__ import annotations

import pytest

from simple_deploy.runs.model import Run, RunKind, RunState
from tests.web.conftest import Browser, words


@pytest.fixture
def many(browser: Browser) -> Browser:
    """A browser of a project with 120 runs: every third one failed, and every second is a deployment."""
    store = browser.service.store
    store.prepare()
    for number in range(120):
        run = Run(
            id=f"20260101-{number // 60:02d}{number % 60:02d}00-000-{number:06x}",
            kind=RunKind.DEPLOY if number % 2 else RunKind.PLAN,
            state=RunState.FAILED if number % 3 == 0 else RunState.SUCCEEDED,
            platform="toy",
            created=1_000_000.0 + number,
            started=1_000_000.0 + number,
            finished=1_000_042.0 + number,
            commit="abcdef0123456789",
            started_by="terminal",
        )
        store.create(run)
    return browser


def test_a_run_is_listed_with_its_duration_its_commit_and_who_began_it(many: Browser) -> None:
    page = words(many.page("runs/"))
    assert "120 runs" in page and "Page 1 of 3" in page
    assert "Deployment Toy cloud abcdef012 42 s terminal" in page


def test_older_runs_are_on_further_pages(many: Browser) -> None:
    assert many.page("runs/").count('class="run-row"') == 50
    assert many.page("runs/?page=3").count('class="run-row"') == 20
    assert "Page 3 of 3" in words(many.page("runs/?page=99999"))
    assert "Page 1 of 3" in words(many.page("runs/?page=-1"))


def test_the_history_is_filtered(many: Browser) -> None:
    found = words(many.page("runs/?kind=deploy&state=failed"))
    assert "20 runs" in found
    assert "No run matches." in words(many.page("runs/?kind=undo"))
    assert "No run matches." in words(many.page("runs/?platform=no-such"))


def test_how_long_a_run_usually_takes_is_said_while_it_runs(many: Browser) -> None:
    run = many.service.create_plan("toy", {})
    assert many.service.usual_seconds(run) == 42.0
    assert many.service.usual_seconds(Run(id="x", kind=RunKind.UNDO)) is None
