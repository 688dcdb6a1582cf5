""".gitignore: add patterns that are missing, take them out again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simple_deploy.edits import lines
from simple_deploy.edits.errors import EditError


def literal(path: str) -> str:
    """The pattern for *path* alone, whatever characters its name has."""
    escaped = re.sub(r"([\\*?\[])", r"\\\1", path)
    return re.sub(r" $", r"\\ ", escaped)


def missing(text: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Those of *patterns* that no line of *text* covers by itself, in their order.

    A line covers a pattern when it is the same, or the same without a slash at the end (folders only) or in front (this
    folder only). Wildcards and ``!`` are not followed: a pattern too many does no harm.

    :raises EditError: a pattern is empty, has more than one line, or would be read as a comment.
    """
    present = set(lines.split(text)[0])
    present |= {row.rstrip() for row in present}
    wanted = dict.fromkeys(_checked(pattern) for pattern in patterns)
    return tuple(pattern for pattern in wanted if present.isdisjoint(_covering(pattern)))


def add(text: str, patterns: Sequence[str]) -> str:
    """*text* with the missing ones of *patterns* at its end.

    :raises EditError: as for :func:`missing`.
    """
    rows, final_newline = lines.split(text)
    return lines.join([*rows, *missing(text, patterns)], final_newline)


def remove(text: str, patterns: Sequence[str]) -> str:
    """*text* without the lines that are one of *patterns*."""
    unwanted = {_checked(pattern) for pattern in patterns}
    rows, final_newline = lines.split(text)
    return lines.join([row for row in rows if row not in unwanted], final_newline)


def _checked(pattern: str) -> str:
    if not pattern.strip() or pattern.startswith("#") or lines.split(pattern)[0] != [pattern]:
        raise EditError(
            f"{pattern!r} is not a pattern for .gitignore.", hint="Write one file or folder on one line, as in .env"
        )
    return pattern


def _covering(pattern: str) -> set[str]:
    whole = pattern.rstrip("/") or pattern
    alike = {pattern, whole}
    if pattern.startswith("/"):
        alike |= {form.lstrip("/") for form in alike if form.strip("/")}
    return alike
