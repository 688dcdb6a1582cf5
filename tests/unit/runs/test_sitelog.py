"""Where a reader of a log was, and how serious its lines are."""

from __future__ import annotations

import pytest

from simple_deploy.runs.sitelog import levels, mark, since

LINES = [f"line {number}" for number in range(20)]


@pytest.mark.parametrize("seen", [0, 1, 3, 6, 19, 20])
def test_what_came_after_a_place_is_new(seen: int) -> None:
    assert since(LINES, mark(LINES[:seen])) == (LINES[seen:], True)


def test_a_window_that_moved_on_still_holds_the_place() -> None:
    place = mark(LINES[:12])
    assert since(LINES[5:], place) == (LINES[12:], True)


def test_where_the_place_is_gone_everything_is_new_and_that_is_said() -> None:
    assert since(LINES[15:], mark(LINES[:8])) == (LINES[15:], False)
    assert since(LINES, "6-no-such-place") == (LINES, False)
    assert since([], mark(LINES)) == ([], False)


def test_of_places_that_look_alike_the_last_one_counts() -> None:
    lines = ["tick"] * 12
    assert since([*lines, "tock"], mark(lines)) == (["tock"], True)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("Listening at http://127.0.0.1", "info"),
        ("[2026] ERROR django.request: Internal Server Error: /", "error"),
        ("\x1b[31mERROR\x1b[0m failed", "error"),
        ("terror is near", "info"),
        ("WARNING: this is a development server", "warning"),
        ("views.py:3: RuntimeWarning: invalid value", "warning"),
        ('"GET /a" 200 0.1 s', "info"),
        ('127.0.0.1 - - "GET / HTTP/1.1" 200 512 "-"', "info"),
        ('"GET /error:" 200', "info"),
        ('"GET /gone" 404', "warning"),
        ('"POST /pay HTTP/1.1" 502 12', "error"),
        ('at=info method=GET path="/" host=x dyno=web.1 status=503 bytes=0', "error"),
        ("", "info"),
    ],
)
def test_a_line_is_as_serious_as_it_says(line: str, level: str) -> None:
    assert list(levels([line])) == [(line, level)]


@pytest.mark.parametrize("before", ["", "2026-11-29T21:00:00 app[web.1]: "])
def test_a_traceback_is_an_error_to_its_last_line_and_no_further(before: str) -> None:
    lines = [
        "starting",
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in <module>',
        "    raise Odd",
        "a.Odd",
        "going on",
    ]
    found = [level for _, level in levels(before + line for line in lines)]
    assert found == ["info", "error", "error", "error", "error", "info"]
