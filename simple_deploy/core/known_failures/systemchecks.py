"""What Django's system check refuses, out of what ``manage.py`` printed. Pure.

Source: ``BaseCommand.check`` in django/core/management/base.py: what is critical first, then errors, then warnings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BEGINS = "SystemCheckError: System check identified some issues:"
_HEADER = re.compile(r"(CRITICALS|ERRORS|WARNINGS|INFOS|DEBUGS):")
_ENDS = re.compile(r"System check identified \d+ issues?")
_UNPLACED = "?: "  # where a message is about nothing in particular
_HINT = "HINT: "


def refused(lines: Sequence[str]) -> tuple[str, ...]:
    """The errors of the last check that failed, with their hints and without the warnings beside them."""
    begins = [index for index, line in enumerate(lines) if _BEGINS in line]
    found: list[str] = []
    inside = False
    for line in lines[begins[-1] + 1 :] if begins else ():
        text = line.strip()
        if _ENDS.match(text):
            break
        header = _HEADER.fullmatch(text)
        if header:
            inside = header[1] in {"CRITICALS", "ERRORS"}
        elif inside and text:
            found.append(text.removeprefix(_UNPLACED))
    return tuple(found)


def hint(errors: Sequence[str]) -> str:
    """What Django advises for the first of *errors*; empty where it advises nothing."""
    return next((line.removeprefix(_HINT) for line in errors[1:2] if line.startswith(_HINT)), "")
