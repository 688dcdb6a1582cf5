from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.edits import gitignore
from simple_deploy.edits.errors import EditError
from tests.unit.edits.strategies import answers, anything, joined, line

rows = st.one_of(line, st.sampled_from(["", ".env", "*.pyc", "# notes", "!keep", "media/", "/db.sqlite3 "]))
files = joined(rows)
patterns = st.lists(st.sampled_from([".env", "/.env", "media/", "staticfiles", "*.log", "/db.sqlite3"]), max_size=4)


@given(files, patterns)
def test_adding_then_removing_gives_the_same_text(text: str, wanted: list[str]) -> None:
    added = gitignore.missing(text, wanted)
    after = gitignore.add(text, wanted)
    assert gitignore.remove(after, added) == text


@given(files, patterns)
def test_adding_twice_changes_nothing_the_second_time(text: str, wanted: list[str]) -> None:
    after = gitignore.add(text, wanted)
    assert gitignore.add(after, wanted) == after
    assert gitignore.missing(after, wanted) == ()
    assert after.startswith(text)


@given(anything, st.lists(anything, max_size=2))
def test_any_text_is_answered_or_refused(text: str, wanted: list[str]) -> None:
    answers(lambda: gitignore.add(text, wanted), EditError)
    answers(lambda: gitignore.remove(text, wanted), EditError)


def test_huge_input_is_answered() -> None:
    text = "".join(f"file-{index}\n" for index in range(100_000))
    wanted = [f"other-{index}" for index in range(2_000)]
    after = gitignore.add(text, wanted)
    assert gitignore.remove(after, wanted) == text


def test_lines_are_added_at_the_end_as_they_are() -> None:
    assert gitignore.add("*.pyc", [".env", "media/"]) == "*.pyc\n.env\nmedia/"


def test_a_broader_line_covers_a_pattern() -> None:
    text = ".env\nmedia\n"
    assert gitignore.missing(text, ["/.env", "media/", "/media/", ".env"]) == ()
    assert gitignore.missing("/.env\nmedia/\n", [".env", "media"]) == (".env", "media")


@pytest.mark.parametrize("pattern", ["", "  ", "# no pattern", "a\nb", "a\r"])
def test_what_is_no_pattern_is_not_written(pattern: str) -> None:
    with pytest.raises(EditError):
        gitignore.add("", [pattern])
