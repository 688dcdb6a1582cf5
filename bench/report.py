"""Rows of results, as a table in the terminal and as the page of the documentation."""

from __future__ import annotations

import os
import platform
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import django


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One result.

    :param what: what was measured.
    :param value: the result, with its unit.
    :param beside: what it is compared with, with its unit, or empty.
    :param ratio: the one divided by the other, or None where they are not compared.
    :param target: what it should be, or empty.
    :param met: whether it is; None when there is no target.
    """

    what: str
    value: str
    beside: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = {True: "yes", False: "**no**", None: ""}[self.met]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return self.what, self.value, self.beside, ratio, self.target, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one measurement found out.

    :param how: how it was measured and what it says, in sentences.
    """

    title: str
    rows: Sequence[Row]
    how: str


HEAD = ("What", "Result", "Compared with", "Ratio", "Target", "Met")


def milliseconds(value: float) -> str:
    """*value*, in seconds, for a person."""
    size = abs(value)
    if size < 0.001:
        return f"{value * 1e6:.1f} µs"
    return f"{value * 1000:.1f} ms" if size < 0.1 else f"{value * 1000:.0f} ms" if size < 1 else f"{value:.2f} s"


def megabytes(value: float) -> str:
    """*value*, in bytes, for a person."""
    return f"{value / 1e6:.0f} MB"


def table(rows: Sequence[Row]) -> str:
    """*rows* as a Markdown table that is readable in a terminal too."""
    cells = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in cells]
    lines = [f"| {' | '.join(line)} |" for line in padded]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def page(sections: Sequence[Section]) -> str:
    """The page of the documentation."""
    parts = [
        "# Performance",
        "What the dashboard costs the project it is installed in, and what it costs to use. It is measured by",
        "```\npython -m bench --write\n```",
        f"in the checkout's environment, on {date.today():%d %B %Y}: {machine()}. Another run on another machine gives "
        "different milliseconds; look at the ratios. All values that are compared come from the same run, in which the "
        "two took turns, and each result is the median. The tests assert no times.",
    ]
    for section in sections:
        parts += [f"## {section.title}", table(section.rows), section.how]
    return _joined(parts)


def renewed(text: str, sections: Sequence[Section]) -> str:
    """*text* of the page with *sections* in the place of those of the same titles, each with when it was measured."""
    parts = [part.strip() for part in re.split(r"^(?=## )", text, flags=re.MULTILINE)]
    for section in sections:
        head = f"## {section.title}"
        when = f"Measured on {date.today():%d %B %Y}: {machine()}."
        fresh = _joined([head, table(section.rows), f"{section.how} {when}"]).strip()
        found = next((place for place, part in enumerate(parts) if part.startswith(f"{head}\n")), len(parts))
        parts[found : found + 1] = [fresh]
    return "\n\n".join(parts) + "\n"


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part if part.startswith(("|", "#", "```")) else _wrapped(part) for part in parts) + "\n"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def machine() -> str:
    """The machine in general words."""
    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    versions = f"Python {platform.python_version()}, Django {django.get_version()}"
    return f"{os.cpu_count()} processor cores, {system}, {versions}"
