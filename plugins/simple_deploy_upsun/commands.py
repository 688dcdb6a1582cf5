"""The command lines of the ``upsun`` program, and what it prints. Pure.

Sources: the program's own source (github.com/upsun/cli, version 5.11 of August 2026): tables have no JSON, but
``--format csv``; a program that is not logged in ends with exit code 3, or prints nothing with exit code 0.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

PROGRAM = "upsun"
TRIED = (5, 0, 0)  # the oldest version this was written for

NOT_LOGGED_IN = 3
NO_CONNECTION = 5

Argv = tuple[str, ...]


def version() -> Argv:
    return (PROGRAM, "--version")


def email() -> Argv:
    """Who is logged in."""
    return (PROGRAM, "auth:info", "email", "--no-interaction")


def organizations() -> Argv:
    """The organizations one belongs to; the columns are named, since their order has changed."""
    columns = ",".join(_ORGANIZATION)
    return (PROGRAM, "organization:list", "--format", "csv", "--no-header", "--columns", columns, "--no-interaction")


_ORGANIZATION = ("name", "label", "type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """:param type: ``flexible`` or ``fixed``."""

    name: str
    label: str
    type: str


def read_version(output: str) -> tuple[int, ...] | None:
    """The version in what ``--version`` prints, such as ``Upsun CLI 5.11.0``."""
    found = re.search(r"\b(\d+)\.(\d+)(?:\.(\d+))?", output)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def read_email(output: str) -> str | None:
    """The address in what ``auth:info email`` prints; None when nobody is logged in."""
    found = re.search(r"^\s*(\S+@\S+)\s*$", output, re.MULTILINE)
    return found[1] if found else None


def read_organizations(output: str) -> tuple[Organization, ...]:
    """The rows of :func:`organizations`. Whatever else the program says between them is left out."""
    return tuple(
        Organization(name=name, label=label, type=type_)
        for name, label, type_ in rows(output, len(_ORGANIZATION))
        if re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) and re.fullmatch(r"[a-z]+", type_)
    )


def rows(output: str, width: int) -> Iterable[tuple[str, ...]]:
    """The lines of *output* that are rows of a CSV table with *width* columns.

    The two streams of the program arrive as one, so there may be hints of it between the rows.
    """
    for line in output.replace("\0", "").splitlines():
        try:
            cells = next(csv.reader([line]), [])
        except csv.Error:
            continue
        if len(cells) == width:
            yield tuple(cell.strip() for cell in cells)
