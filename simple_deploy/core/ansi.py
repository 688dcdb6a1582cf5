"""Terminal escape sequences in what programs print."""

from __future__ import annotations

import re

from simple_deploy.core import hidden

#: A switch of colours.
COLOUR = re.compile(r"\x1b\[(?P<numbers>[0-9;:]{0,64})m")

#: Matches commands to the system (titles, links, the clipboard), device control and its kin, with their text. One that
#: never ends is over with its line.
COMMAND = r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\r\n]*?(?:\x07|\x1b\\|\x9c|(?=[\r\n])|\Z)"

#: Matches everything else that a terminal obeys, but line feeds and tabs, and what is hidden.
OBEYED = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # control sequences: colours, the cursor, the screen, the keyboard
    r"|\x1b[ -/]*[0-~]?"  # anything else an escape character starts
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]|" + hidden.PATTERN
)
_SEQUENCE = re.compile(rf"(?P<colour>\x1b\[[0-9;:]{{0,64}}m)|{COMMAND}|{OBEYED}")

#: What a terminal would obey in a text of several lines, and what is hidden.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|" + hidden.PATTERN)


def harmless(text: str) -> str:
    """*text* of several lines without any character that is hidden, or acts on a terminal it is pasted into."""
    return _UNSEEN.sub("", text)


def plain(text: str) -> str:
    """One line of *text* without any escape sequence, control character or hidden character."""
    return lines(text).replace("\n", "")


def lines(text: str, *, colour: bool = False) -> str:
    """*text*, of any number of lines, without anything that is obeyed or hidden; with *colour*, its colours stay."""
    visible = text.replace("\n", "").replace("\t", "")
    if visible.isprintable() and not hidden.found(visible):  # nearly always, and much quicker to see
        return text
    return _SEQUENCE.sub(lambda match: match["colour"] or "" if colour else "", text)


def shown(text: str) -> str:
    """The same with its colours, and with the carriage returns by which a line rewrote itself."""
    if "\r" not in text:
        return lines(text, colour=True)
    return "\r".join(lines(part, colour=True) for part in text.split("\r"))


def colours(text: str) -> str:
    """The colours that *text* switches, without what they are for."""
    return "".join(match[0] for match in COLOUR.finditer(text)) if "\x1b" in text else ""
