"""The pages of a rehearsal: the same pages, about a copy of the project, and saying so."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from simple_deploy.platforms import registry
from simple_deploy.runs.service import Service
from tests.project.rehearsal.test_rehearsing import PLUGINS
from tests.web.conftest import TOY, Browser, words

PUDDLE = EntryPoint(name="puddle", value="simple_deploy_puddle", group=registry.GROUP)
STAGE = "rehearsals/puddle/"


@pytest.fixture
def browser(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The dashboard of a project, with a platform that can be rehearsed and one that cannot."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    rehearsable = Service(service.location, registry=registry.load([TOY, PUDDLE]))
    yield Browser(rehearsable)
    rehearsable.end_rehearsal("puddle")


def test_a_rehearsal_is_offered_where_there_can_be_one(browser: Browser) -> None:
    page = words(browser.page("platforms/puddle/"))

    assert "Rehearse it first" in page
    assert "It goes wrong: nobody is logged in to the platform" in page
    assert "It goes wrong: a migration fails" not in page  # the platform cannot play that
    assert "Rehearse it first" not in browser.page("platforms/toy/")


def test_every_page_of_a_rehearsal_says_that_it_is_one_and_stays_there(browser: Browser) -> None:
    response = browser.post("platforms/puddle/rehearse/", scenario="logged-out")
    assert (response.status_code, response["Location"]) == (303, f"{browser.home}{STAGE}platforms/puddle/")

    page = browser.page(f"{STAGE}platforms/puddle/")
    assert "Rehearsal. Puddle is simulated on this computer" in words(page)
    assert "It will meet a difficulty: nobody is logged in to the platform." in words(page)
    assert "It is dry." in words(page)
    assert f'action="{browser.home}{STAGE}platforms/puddle/"' in page
    assert "Rehearse it first" not in page
    assert browser.get(STAGE)["Location"] == f"{browser.home}{STAGE}platforms/puddle/"

    started = browser.post(f"{STAGE}platforms/puddle/", **{"option-app_name": "mysite"})
    assert started["Location"].startswith(f"{browser.home}{STAGE}runs/")
    run = browser.page(started["Location"])
    assert f"{started['Location']}stream/" in run
    assert "Rehearsal." in words(run)
    assert "Nothing yet." in words(browser.page("runs/"))  # the project's own history knows nothing of it
    assert browser.background.asked


def test_what_was_rehearsed_can_be_planned_for_the_project(browser: Browser) -> None:
    browser.post("platforms/puddle/rehearse/")
    kept = browser.post("platforms/puddle/rehearse/keep/")

    assert kept["Location"].startswith(f"{browser.home}runs/")
    assert browser.service.runs()[0].platform == "puddle"


def test_a_rehearsal_can_be_ended(browser: Browser) -> None:
    browser.post("platforms/puddle/rehearse/")
    ended = browser.post("platforms/puddle/rehearse/end/")

    assert ended["Location"] == f"{browser.home}platforms/puddle/"
    assert browser.get(f"{STAGE}platforms/puddle/").status_code == 404
    assert browser.post("platforms/puddle/rehearse/end/").status_code == 404


@pytest.mark.parametrize("path", ["rehearsals/", "rehearsals/puddle/", "rehearsals/../", "rehearsals/%2e%2e/runs/"])
def test_there_is_nothing_where_nothing_is_rehearsed(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("page", ["rehearse/", "rehearse/keep/", "rehearse/end/"])
def test_looking_changes_nothing(browser: Browser, page: str) -> None:
    assert browser.get(f"platforms/puddle/{page}").status_code == 405


def test_a_scenario_nobody_knows_is_refused(browser: Browser) -> None:
    response = browser.post("platforms/puddle/rehearse/", scenario="flood")

    assert response.status_code == 409
    assert browser.get(f"{STAGE}platforms/puddle/").status_code == 404
