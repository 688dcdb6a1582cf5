"""Lessons are files: what is wrong with one is said at once, and those that come along are as they have to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.errors import WrongUsage
from simple_deploy.core.interfaces import Response
from simple_deploy.present.lessons import library
from simple_deploy.present.lessons.lesson import Check, LessonStep, parse
from tests.docs.pages import text
from tests.support import recorded

GOOD = """
title = "A lesson"
about = "What it is about."
minutes = 5

[[steps]]
title = "One"
minutes = 5
text = "Do it."
platform = "heroku"
scenario = "logged-out"
look = ["Here"]
question = "Why?"
answer = "Because."
checks = ["failed heroku", "site heroku"]
"""


def test_a_lesson_is_read() -> None:
    lesson = parse("a-lesson", GOOD)
    (step,) = lesson.steps
    assert (lesson.title, lesson.minutes, step.look, step.scenario) == ("A lesson", 5, ("Here",), "logged-out")
    assert step.checks == (Check(name="failed", platform="heroku"), Check(name="site", platform="heroku"))
    assert step.rehearse


@pytest.mark.parametrize(
    ("found", "instead", "problem"),
    [
        ('title = "A lesson"', "", "the lesson needs title"),
        ("minutes = 5\n\n[[", 'minutes = "5"\n\n[[', "the lesson needs minutes"),
        ("minutes = 5\n\n[[", "minutes = 6\n\n[[", "take 5 minutes and not 6"),
        ('scenario = "logged-out"', 'scenario = "rain"', "unknown scenario"),
        ('platform = "heroku"\n', "", "no platform to rehearse"),
        ('answer = "Because."', "", "a question without an answer"),
        ("failed heroku", "failed", "a check is one of"),
        ("failed heroku", "works heroku", "a check is one of"),
        ('look = ["Here"]', 'look = "Here"', "look of step 1 is a list"),
        ("[[steps]]", "[steps]", "it has no [[steps]]"),
        ('text = "Do it."', 'txt = "Do it."', "txt, which means nothing"),
        ("title", "title =", "it is not TOML"),
    ],
)
def test_what_is_wrong_is_said(found: str, instead: str, problem: str) -> None:
    assert found in GOOD
    with pytest.raises(WrongUsage) as wrong:
        parse("a-lesson", GOOD.replace(found, instead, 1))
    assert problem in wrong.value.message


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(WrongUsage) as wrong:
        parse("A Lesson", GOOD.replace('title = "One"', "").replace("heroku", "moon"), ["heroku"])
    for problem in ("small letters", "step 1 needs title", "moon, which is not installed"):
        assert problem in wrong.value.message


def test_the_lessons_that_come_along_are_sound_and_as_long_as_the_page_says(tmp_path: Path) -> None:
    page = text("how-to", "write-a-lesson.md")
    found = [library.load(tmp_path, name) for name in library.names(tmp_path)]
    assert sorted(each.minutes for each in found if each) == [15, 30, 45]
    for each in found:
        assert each is not None
        assert f"| {each.title} | {each.minutes} |" in page


def test_the_lesson_of_the_page_is_sound() -> None:
    example = text("how-to", "write-a-lesson.md").split("```toml\n")[1].split("```")[0]
    assert parse("my-first-lesson", example).minutes == 10


def test_a_teachers_own_lesson_is_offered_and_no_name_leads_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "mine.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "secret.toml").write_text(GOOD, encoding="utf-8")
    assert library.names(tmp_path)[-1] == "mine"
    assert library.load(tmp_path, "mine") is not None
    for name in ("../secret", "..", "", "secret", "mine.toml", "/etc/passwd"):
        assert library.load(tmp_path, name) is None


def test_progress_is_kept_and_forgotten(tmp_path: Path) -> None:
    for step in (2, 1, 2):
        library.mark(tmp_path, "mine", step)
    library.mark(tmp_path, "other", 1)
    assert library.done(tmp_path, "mine") == (1, 2)
    library.start_again(tmp_path, "mine", 12.5)
    assert (library.done(tmp_path, "mine"), library.done(tmp_path, "other")) == ((), (1,))
    assert (library.since(tmp_path, "mine"), library.since(tmp_path, "other")) == (12.5, 0.0)
    library.mark(tmp_path, "mine", 1)
    assert (library.done(tmp_path, "mine"), library.since(tmp_path, "mine")) == ((1,), 12.5)


def test_what_was_run_before_a_lesson_was_started_again_does_not_count(tmp_path: Path) -> None:
    service = recorded.service(tmp_path)
    recorded.deploy(service)
    step = LessonStep(title="", minutes=1, text="", rehearse=False, checks=(Check(name="deployed", platform="toy"),))
    newest = max(run.created for run in service.runs(10))
    (counted,) = library.check(service, step, since=newest)
    (not_counted,) = library.check(service, step, since=newest + 1)
    assert (counted.ok, not_counted.ok, not_counted.problem) == (True, False, "Not yet.")


@pytest.mark.parametrize(
    ("name", "status", "body", "ok"),
    [
        ("deployed", 200, b"", True),
        ("failed", 200, b"", False),
        ("site", 200, b"", True),
        ("site", 502, b"", False),
        ("debug-off", 404, b"Not Found", True),
        ("debug-off", 404, b"you have <code>DEBUG = True</code>", False),
    ],
)
def test_a_step_is_checked(tmp_path: Path, name: str, status: int, body: bytes, ok: bool) -> None:
    service = recorded.service(tmp_path)
    recorded.deploy(service)
    step = LessonStep(title="", minutes=1, text="", rehearse=False, checks=(Check(name=name, platform="toy"),))

    (checked,) = library.check(service, step, visit=lambda url: (Response(status=status, headers={}, body=body), url))

    assert checked.ok is ok
    assert "toy cloud" in checked.says.lower()
    assert bool(checked.problem) is not ok


def test_a_site_behind_a_front_is_asked_where_this_computer_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = recorded.service(tmp_path)
    recorded.deploy(service)
    monkeypatch.setattr(
        type(service.registry.get("toy")), "near", lambda *given: given[-1].replace("shop.example", "here")
    )
    step = LessonStep(title="", minutes=1, text="", rehearse=False, checks=(Check(name="site", platform="toy"),))
    asked: list[str] = []

    def visit(url: str) -> tuple[Response, str]:
        asked.append(url)
        return Response(status=200, headers={}, body=b""), url

    library.check(service, step, visit=visit)
    assert asked == ["https://here/"]
