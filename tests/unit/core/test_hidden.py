"""Characters that nobody sees do not get anywhere."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from simple_deploy.cli import text as console
from simple_deploy.core import ansi
from simple_deploy.web import formatting

JOINER = "\N{ZERO WIDTH JOINER}"


def test_every_hidden_character_of_this_unicode_is_known() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    hides = [char for char in every if unicodedata.category(char) in {"Cf", "Zl", "Zp"}]
    assert len(hides) > 150
    assert [hex(ord(char)) for char in hides if ansi.plain(f"a{char}b") != "ab"] == []


@pytest.mark.parametrize("char", "\u00ad\u061c\u200b\u200c\u200d\u2028\u202e\u2060\u2066\ufeff\u115f\u3164\ufe00\U000e0041\U000e0100")  # fmt: skip
def test_they_are_gone_wherever_text_is_shown(char: str) -> None:
    line = f"rm {char}-rf{char}"
    shown = [ansi.plain(line), ansi.shown(line), ansi.harmless(line), formatting.to_text(line)]
    shown += [formatting.to_html(line), console.visible(line, colour=True)]
    assert shown == ["rm -rf"] * len(shown)


@pytest.mark.parametrize("text", ["👩\u200d💻", "🏳️\u200d🌈", "❤️\u200d🔥", "naïve café", "Ωmega 日本語", "50 °C → ✓"])
def test_what_is_seen_stays(text: str) -> None:
    assert ansi.plain(text) == text


@pytest.mark.parametrize("text", ["❤️", "1️⃣", "©️", "✔︎", "👁️‍🗨️"])
def test_what_chooses_between_a_sign_and_its_picture_stays_where_there_is_one(text: str) -> None:
    assert ansi.plain(text) == text
    assert ansi.plain(f"{text}\ufe0f\ufe0f and a\ufe0fb") == f"{text} and ab"


@pytest.mark.parametrize("text", [f"a{JOINER}b", f"👩{JOINER}b", f"a{JOINER}💻", f"👩{JOINER}{JOINER}💻"])
def test_a_joiner_that_joins_no_pictures_is_gone(text: str) -> None:
    assert JOINER not in ansi.plain(text)
