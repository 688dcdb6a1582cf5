"""What a terminal would obey is taken out of what programs print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core import ansi


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]8;;https://evil.example\x07red\x1b]8;;\x07",
        "\x1b]52;c;cm0gLXJm\x07red",
        "\x1b]0;title\x1b\\red",
        "\x1b[2Jr\x08ed",
        "\x9b31mred"[1:].replace("31m", ""),
        "red\x1b",
    ],
)
def test_only_the_words_stay(text: str) -> None:
    assert ansi.plain(text) == "red"


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_nothing_a_terminal_obeys_is_left(text: str) -> None:
    assert not any((ord(char) < 32 and char != "\t") or 127 <= ord(char) < 160 for char in ansi.plain(text))


@given(st.lists(st.sampled_from(["\x1b[1;32m", "\x1b[0m", "\x1b[2K", "\x1b]0;x\x07", "word", "\x1b[10A"])))
def test_colours_are_all_that_stays(parts: list[str]) -> None:
    kept = "".join(part for part in parts if part == "word" or part.endswith("m"))
    assert ansi.shown("".join(parts)) == kept
