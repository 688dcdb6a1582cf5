"""Terminal escape sequences in what programs print."""

from __future__ import annotations

import re

from simple_deploy.core import hidden

#: Control sequences, commands to the terminal (titles, links, the clipboard), every control character but tab,
#: and what is hidden.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]|" + hidden.PATTERN
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")


#: What a terminal would obey in a text of several lines, and what is hidden.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|" + hidden.PATTERN)


def harmless(text: str) -> str:
    """*text* of several lines without any character that is hidden, or acts on a terminal it is pasted into."""
    return _UNSEEN.sub("", text)


def plain(text: str) -> str:
    """One line of *text* without any escape sequence, control character or hidden character."""
    return _ESCAPES.sub("", text)


def shown(text: str) -> str:
    """*text*, of any number of lines, with its colours, and without anything else that is obeyed or hidden."""
    if text.isascii() and text.isprintable():
        return text
    return _ESCAPES.sub(lambda match: match[0] if match[0] in "\n\r" or _COLOUR.fullmatch(match[0]) else "", text)


def colours(text: str) -> str:
    """The colours that *text* switches, without what they are for."""
    return "".join(_COLOUR.findall(text)) if "\x1b" in text else ""
