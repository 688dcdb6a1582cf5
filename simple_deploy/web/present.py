"""Lines of logs and diffs as the page shows them. Pure; everything that comes from outside is escaped here."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from django.utils.safestring import SafeString, mark_safe

from simple_deploy.core import ansi
from simple_deploy.core.events import Event, Output
from simple_deploy.runs.timeline import Line
from simple_deploy.web import terminal


def log_lines(lines: Iterable[Line]) -> SafeString:
    """*lines* as elements whose ids are the events' numbers, so that a line sent twice is shown once."""
    return mark_safe("".join(map(_log_line, lines)))


def _log_line(line: Line) -> str:
    outcome = f" is-{escape(line.outcome)}" if line.outcome else ""
    step = f' data-step="{escape(line.step)}"' if line.step else ""
    clock = time.strftime("%H:%M:%S", time.localtime(line.at))
    text = terminal.to_html(line.text) or "&#8203;"
    more = f"<small>{escape(ansi.harmless(line.detail))}</small>" if line.detail else ""
    return f'<div class="line line-{line.kind}{outcome}" id="e{line.seq}" data-at="{clock}"{step}>{text}{more}</div>'


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRow:
    """One row of a diff. Numbers count from 1 and are None where the line is not on that side."""

    kind: Literal["context", "add", "remove", "gap", "note"]
    old: int | None
    new: int | None
    text: str


_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")


def diff_rows(diff: str) -> tuple[DiffRow, ...]:
    """The rows of one file's unified diff."""
    rows: list[DiffRow] = []
    old = new = 0
    for line in diff.removesuffix("\n").split("\n") if diff else ():
        hunk = _HUNK.match(line)
        if hunk:
            if rows:
                rows.append(DiffRow(kind="gap", old=None, new=None, text=hunk[3].strip()))
            old, new = int(hunk[1]), int(hunk[2])
        elif line.startswith("\\"):
            rows.append(DiffRow(kind="note", old=None, new=None, text=line[2:]))
        elif not old and not new:
            continue  # the two lines that name the file
        elif line.startswith("+"):
            rows.append(DiffRow(kind="add", old=None, new=new, text=line[1:]))
            new += 1
        elif line.startswith("-"):
            rows.append(DiffRow(kind="remove", old=old, new=None, text=line[1:]))
            old += 1
        else:
            rows.append(DiffRow(kind="context", old=old, new=new, text=line[1:]))
            old, new = old + 1, new + 1
    return tuple(rows)


def last_words(events: Sequence[Event], count: int = 12) -> tuple[str, ...]:
    """The last lines a program printed, for the panel that explains a failure."""
    printed = [
        event.payload.text
        for event in events
        if isinstance(event.payload, Output) and event.payload.stream != "command"
    ]
    return tuple(text for text in printed if text.strip())[-count:]
