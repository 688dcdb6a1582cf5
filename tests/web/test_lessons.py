"""Lessons in the page: what there is, one step at a time, and how far somebody has come."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.present.lessons import library
from simple_deploy.present.words import WORDS
from simple_deploy.runs.service import Service
from tests.support import recorded
from tests.web.conftest import Browser, text, words
from tests.web.servers import public

LESSON = """
title = "A toy lesson"
about = "How the toy cloud takes a site."
minutes = 5

[[steps]]
title = "Look"
minutes = 2
text = "Look at `toy.toml`."
platform = "toy"
rehearse = false
look = ["The name of the app"]
question = "What is it for?"
answer = "The cloud reads it."
checks = ["deployed toy", "failed toy"]

[[steps]]
title = "Say it"
minutes = 3
text = "In your own words."
"""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    made = recorded.service(tmp_path)
    recorded.deploy(made)
    (made.store.root / "lessons").mkdir()
    (made.store.root / "lessons" / "toys.toml").write_text(LESSON, encoding="utf-8")
    (made.store.root / "lessons" / "broken.toml").write_text("title = 3", encoding="utf-8")
    return made


def test_the_overview_leads_to_the_lessons_and_to_the_glossary(browser: Browser) -> None:
    overview = browser.page("")
    for address in ("lessons/", "lessons/#words"):
        assert f'href="{browser.home}{address}"' in overview
    page = browser.page("lessons/")
    assert 'id="words"' in page
    assert [word for word in WORDS if f"<dt>{word}</dt>" not in page] == []
    assert "`" not in page and "<code>migrate</code>" in page


def test_the_lessons_are_listed_and_one_that_cannot_be_used_says_why(browser: Browser) -> None:
    page = words(browser.page("lessons/"))
    assert "A toy lesson 5 minutes, 2 steps" in page
    assert "From a failure to a running site, on three platforms 30 minutes" in page
    assert "The lesson broken cannot be used" in page


def test_a_step_says_what_to_do_and_folds_its_answer(browser: Browser) -> None:
    page = browser.page("lessons/toys/")
    assert "Look at <code>toy.toml</code>." in page
    assert "The name of the app" in page
    assert "<summary>The answer</summary><p>The cloud reads it.</p></details>" in page
    assert f'href="{browser.home}platforms/toy/"' in page


def test_a_step_is_checked_by_what_really_happened(browser: Browser) -> None:
    page = words(browser.page("lessons/toys/1/?check"))
    assert "A deployment to Toy cloud has worked." in page
    assert "A deployment to Toy cloud has failed. Not yet." in page


def test_finishing_a_step_leads_to_the_next_and_is_kept_until_the_lesson_begins_anew(browser: Browser) -> None:
    response = browser.post("lessons/toys/1/")
    assert (response.status_code, public(response["Location"])) == (303, "/simple-deploy/lessons/toys/2/")
    assert library.done(browser.service.store.root, "toys") == (1,)
    assert "1 finished" in words(browser.page("lessons/"))
    browser.post("lessons/toys/2/", anew="yes")
    assert library.done(browser.service.store.root, "toys") == ()


@pytest.mark.parametrize("path", ["lessons/nothing/", "lessons/toys/3/", "lessons/toys/0/", "lessons/progress/"])
def test_what_does_not_exist_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("name", ["three-platforms", "what-a-deployment-changes", "undo-and-roll-back"])
def test_every_step_of_the_lessons_that_come_along_is_shown(browser: Browser, name: str) -> None:
    lesson = library.load(browser.service.store.root, name)
    assert lesson is not None
    for number, step in enumerate(lesson.steps, 1):
        assert step.title in text(browser.get(f"lessons/{name}/{number}/"))
