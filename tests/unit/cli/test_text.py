"""What programs print may be colourful; nothing else of it reaches a terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.cli.text import encodable, styled, visible

COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")

_BEGINNINGS = ["\x1b", "\x1b[", "\x9b", "\x1b]", "\x9d", "\x1bP", "\x90", "\x1b]8;;http://x\x07"]
_MIDDLES = ["31", ";", "?", "38;5;9", "\r", "\n", "\t", "\x08", "\u202e"]
_ENDS = ["m", "2J", "H", "\x1b\\", "\x07", "\x9c", "\x1b[0m", "\x1b[38;5;9m"]

#: Text in which escape sequences, whole and broken, are likely.
hostile = st.lists(
    st.sampled_from([*_BEGINNINGS, *_MIDDLES, *_ENDS]) | st.text(max_size=3) | st.characters(max_codepoint=0xA0),
    max_size=20,
).map("".join)


@given(hostile)
def test_only_colours_reach_a_terminal(text: str) -> None:
    shown = visible(text, colour=True)
    assert not OBEYED.search(COLOUR.sub("", shown))
    assert not COLOUR.search(shown) or shown.endswith("\x1b[0m")


@given(hostile)
def test_nothing_a_terminal_obeys_is_left_without_colours(text: str) -> None:
    assert not OBEYED.search(visible(text, colour=False))


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert visible(text, colour=True) == visible(text, colour=False) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[32mgreen\x1b[0m plain", "\x1b[32mgreen\x1b[0m plain\x1b[0m"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]52;c;bGlzdGVu\x1b\\text", "text"),
        ("\x1b]8;;https://evil.example\x07click\x1b]8;;\x07", "click"),
        ("\x1b]0;never ended", ""),
        ("\x1b[2J\x1b[1;1Hover there", "over there"),
        ("\x1b[?1049hother screen", "other screen"),
        ("\x9b2Jeight bits", "eight bits"),
        ("\x1bP$q\x1b\\text", "text"),
        ("\x1b\x1b[31mred", "\x1b[31mred\x1b[0m"),
        ("one\rtwo\x08", "onetwo"),
        ("user\u202etxt.exe", "usertxt.exe"),
        ("tabs\tand\nlines", "tabs\tand\nlines"),
    ],
)
def test_what_becomes_of_it(text: str, shown: str) -> None:
    assert visible(text, colour=True) == shown


@given(st.text(), st.sampled_from(["ascii", "cp1252", "cp437", "latin-1", "utf-8", "no-such-encoding"]))
def test_every_text_can_be_written_in_every_encoding(text: str, encoding: str) -> None:
    shown = encodable(text, encoding)
    shown.encode("ascii" if encoding == "no-such-encoding" else encoding)
    if encoding == "utf-8" and text.isprintable():
        assert shown == text


def test_characters_that_are_missing_are_written_differently() -> None:
    assert encodable("✓ done → “next” – …", "ascii") == 'ok done -> "next" - ...'
    assert encodable("✗ “next” – …", "cp1252") == "x “next” – …"
    assert encodable("\udcff", "utf-8") == "?"


def test_styles() -> None:
    assert styled("text", None) == "text" and styled("", "red") == ""
    assert styled("text", "red") == "\x1b[31mtext\x1b[0m"
