"""Terminal escape sequences in what programs print."""

from __future__ import annotations

import re

#: Control sequences, commands to the terminal (titles, links, the clipboard), every control character but tab.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]"
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")


#: What a terminal would obey, or what turns the direction of text around so that it reads as something else.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """*text* of several lines without any character that would act on a terminal it is pasted into."""
    return _UNSEEN.sub("", text)


def plain(text: str) -> str:
    """One line of *text* without any escape sequence or control character."""
    return _ESCAPES.sub("", text)


def coloured(text: str) -> str:
    """One line of *text* with its colours, and without anything else a terminal would obey."""
    return _ESCAPES.sub(lambda match: match[0] if _COLOUR.fullmatch(match[0]) else "", text)
