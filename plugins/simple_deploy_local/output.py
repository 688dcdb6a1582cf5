"""What programs printed, read for the person: findings, a full disk, the end of a log, figures."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from simple_deploy.api import CommandFailed, Finding, Level, Sample

# A message of `manage.py check`: “object: (id) text”, then further lines of text, then its hint behind a tab.
_CHECK_MESSAGE = re.compile(r"\S.*?: \((?P<id>[\w.-]+)\) (?P<text>.*)")
_CHECK_HINT = "\tHINT: "
_NO_SPACE = ("No space left on device", "os error 28", "disk is full")
_LITTLE_SPACE = 1_000_000  # bytes


def check_findings(output: str) -> tuple[Finding, ...]:
    """What ``manage.py check --deploy`` printed, as findings."""
    found: list[Finding] = []
    in_message = False
    for line in output.splitlines():
        message = _CHECK_MESSAGE.match(line)
        if message is not None:
            found.append(
                Finding(
                    id=f"django.{message['id']}",
                    level=Level.WARNING,
                    title=message["text"],
                    why="Django's own deployment check says so.",
                    docs="https://docs.djangoproject.com/en/stable/howto/deployment/checklist/",
                )
            )
            in_message = True
        elif not line.strip():
            in_message = False
        elif in_message and line.startswith(_CHECK_HINT):
            found[-1] = replace(found[-1], fix=line.removeprefix(_CHECK_HINT))
        elif in_message:
            found[-1] = replace(found[-1], title=f"{found[-1].title} {line.strip()}")
    return tuple(found)


def is_full(error: CommandFailed, *, space: int) -> bool:
    """Whether a program failed because the disk is full; some do not say so.

    :param space: bytes that are free on the disk.
    """
    return space < _LITTLE_SPACE or any(word in line for line in error.tail for word in _NO_SPACE)


def log_lines(folder: Path, most: int) -> list[str]:
    """The last lines of the log of the site whose supervisor is in *folder*."""
    return _lines(folder, "site.log")[-most:]


def samples_in(folder: Path) -> tuple[Sample, ...]:
    """What the site did, as the supervisor in *folder* wrote it down. A line that is not whole is passed over."""
    found = []
    for line in _lines(folder, "figures.log"):
        try:
            at, requests, failed, seconds, longest, memory = line.split()
            sample = Sample(
                at=float(at),
                requests=int(requests),
                failed=int(failed),
                timed=int(requests),
                seconds=float(seconds),
                longest=float(longest),
                memory=None if memory == "-" else int(memory),
            )
        except ValueError:
            continue
        found.append(sample)
    return tuple(found)


def _lines(folder: Path, name: str) -> list[str]:
    """The lines of a log, and of the one that was put aside last."""
    lines: list[str] = []
    for each in (f"{name}.1", name):
        try:
            lines += (folder / each).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
    return lines
