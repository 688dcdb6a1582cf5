"""A deployed site that went down though nobody stopped it is started again when somebody visits the page."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from simple_deploy.core import codec
from simple_deploy.platforms import registry
from simple_deploy.runs import stage
from simple_deploy.runs.model import Run
from simple_deploy.runs.service import Service
from simple_deploy.runs.stage import Stage
from tests.web.conftest import TOY, Browser, words

SINKING = EntryPoint(name="sinking", value="tests.web.sinking", group=registry.GROUP)


@pytest.fixture
def service(service: Service) -> Service:
    return Service(service.location, service.conf, registry=registry.load([SINKING, TOY]))


@pytest.fixture
def site(service: Service) -> Path:
    """The site of the project: what it holds is how it went down."""
    site = service.conf.data_dir / "sinking" / service.location.folder.name
    site.parent.mkdir(parents=True)
    site.write_text("", encoding="utf-8")
    return site


def executed(browser: Browser) -> list[Run]:
    """Have everything done that the page has handed on."""
    return [browser.service.execute(browser.background.asked.pop(0)) for _ in list(browser.background.asked)]


def test_a_visit_starts_the_site_again_and_the_history_tells_of_it(browser: Browser, site: Path) -> None:
    site.write_text("struck by lightning", encoding="utf-8")

    browser.page()
    (run,) = executed(browser)

    assert (run.kind.value, run.subject, run.platform, run.state.value) == ("operate", "start", "sinking", "succeeded")
    assert site.read_text(encoding="utf-8") == ""
    assert "Operation: start" in words(browser.page("runs/"))
    assert "went down though nobody stopped it" in words(browser.page(f"runs/{run.id}/"))


@pytest.mark.parametrize("page", ["platforms/sinking/", "platforms/toy/"])
def test_the_page_of_any_platform_is_a_visit_too(browser: Browser, site: Path, page: str) -> None:
    site.write_text("struck by lightning", encoding="utf-8")

    browser.page(page)

    assert len(browser.background.asked) == 1


def test_a_site_that_runs_or_was_stopped_is_left_alone(browser: Browser, site: Path) -> None:
    browser.page()
    browser.page("platforms/sinking/")

    assert browser.service.runs() == ()


def test_there_is_one_try_each_time_it_goes_down(browser: Browser, site: Path) -> None:
    site.write_text("struck, for good", encoding="utf-8")
    browser.page()
    (failed,) = executed(browser)
    browser.page()
    browser.page("platforms/sinking/")

    assert executed(browser) == []
    assert failed.error is not None
    assert failed.error.message == "It sank for good."

    site.write_text("struck again", encoding="utf-8")
    browser.page()
    assert len(browser.background.asked) == 1


def test_two_visits_at_once_start_it_once(browser: Browser, site: Path) -> None:
    site.write_text("struck by lightning", encoding="utf-8")
    browser.page()
    browser.page()

    assert len(browser.background.asked) == len(browser.service.runs()) == 1


def test_nothing_is_started_while_another_run_is_under_way(browser: Browser, site: Path) -> None:
    other = browser.service.create_operation("sinking", "status")
    site.write_text("struck by lightning", encoding="utf-8")
    browser.page()
    assert browser.background.asked == []

    browser.service.cancel(other.id)
    browser.page()
    assert len(browser.background.asked) == 1


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_only_looking_at_a_page_starts_anything(browser: Browser, site: Path, method: str) -> None:
    site.write_text("struck by lightning", encoding="utf-8")

    browser.ask(method, "")

    assert browser.service.runs() == ()


def test_a_visitor_who_may_not_see_the_page_starts_nothing(browser: Browser, site: Path) -> None:
    site.write_text("struck by lightning", encoding="utf-8")
    browser.cookies.clear()

    assert browser.get().status_code == 403
    assert browser.service.runs() == ()


def test_a_plugin_that_fails_to_tell_takes_no_page_away(browser: Browser, site: Path) -> None:
    site.unlink()

    browser.page()

    assert browser.service.runs() == ()


def test_a_rehearsal_starts_nothing(browser: Browser, site: Path) -> None:
    service = browser.service
    site.write_text("struck by lightning", encoding="utf-8")
    rehearsed = Stage(platform="sinking", folder=site.parent, origin=service.location.root)
    service.store.prepare()
    (service.store.root / stage.FILE).write_text(json.dumps(codec.to_data(rehearsed)), encoding="utf-8")

    assert service.create_return() is None
