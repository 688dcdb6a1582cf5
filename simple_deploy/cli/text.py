"""Text on its way to a terminal: what must not get there, what the stream cannot hold, and colours. Pure."""

from __future__ import annotations

from typing import Literal

from simple_deploy.core import ansi

Style = Literal["green", "cyan", "yellow", "red", "bold", "dim"]

_CODES: dict[Style, str] = {"green": "32", "cyan": "36", "yellow": "33", "red": "31", "bold": "1", "dim": "2"}

#: For consoles that know few characters.
_FALLBACKS = {
    "✓": "ok",
    "✗": "x",
    "→": "->",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "“": '"',
    "”": '"',
    "’": "'",
    "•": "*",
    "·": "-",
}


def visible(text: str, *, colour: bool) -> str:
    """*text* without anything a terminal would obey; with *colour*, the colours stay and end where the text ends."""
    clean = ansi.lines(text, colour=colour)
    return f"{clean}\x1b[0m" if "\x1b" in clean else clean


def styled(text: str, style: Style | None) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style and text else text


def encodable(text: str, encoding: str) -> str:
    """*text* in characters that *encoding* has; others are written differently, or become a question mark."""
    if _fits(text, encoding):
        return text
    return "".join(char if _fits(char, encoding) else _fallback(char, encoding) for char in text)


def _fallback(char: str, encoding: str) -> str:
    other = _FALLBACKS.get(char, "?")
    return other if _fits(other, encoding) else "?"


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    except LookupError:  # an encoding that Python does not know
        return text.isascii()
    return True
