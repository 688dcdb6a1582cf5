"""What programs printed, read for the person: findings, clearer errors, the end of a log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simple_deploy.api import CommandFailed, Finding, Level, StepError

# A message of `manage.py check`: “object: (id) text”, then further lines of text, then its hint behind a tab.
_CHECK_MESSAGE = re.compile(r"\S.*?: \((?P<id>[\w.-]+)\) (?P<text>.*)")
_CHECK_HINT = "\tHINT: "
_NO_SPACE = ("No space left on device", "os error 28", "disk is full")
_LITTLE_SPACE = 1_000_000  # bytes; some programs do not say that this is why they fail
_OFFLINE = ("dns error", "Failed to fetch", "error sending request", "timed out", "Network is unreachable")


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


def explain(error: CommandFailed, *, space: int) -> StepError | None:
    """A clearer error for failures whose cause is known, else None.

    :param space: bytes that are free on the disk.
    """
    text = "\n".join(error.tail)
    if space < _LITTLE_SPACE or any(word in text for word in _NO_SPACE):
        return StepError(
            "There is no space left on the disk.", hint="Free some space and try again. Your project is as it was."
        )
    if "install" in error.argv:
        return _explain_install(error.tail)
    if "collectstatic" in error.argv:
        missing = [line for line in error.tail if "could not be found" in line]
        reason = (missing or [line for line in error.tail if line.strip()] or [""])[-1]
        return StepError(
            f"The static files cannot be collected: {reason.strip()}",
            hint="Usually a CSS file names a file that does not exist. Mend or remove that reference, and try again.",
        )
    return None


def _explain_install(tail: Sequence[str]) -> StepError:
    text = "\n".join(tail)
    if "invalid peer certificate" in text:
        return StepError(
            "The packages cannot be downloaded: something between this computer and the package index, such as the "
            "proxy of a school or a company, shows a certificate of its own.",
            hint="Where that is meant to be: set the variable UV_SYSTEM_CERTS to 1 in the terminal, start the server "
            "again, and try again.",
        )
    if any(word in text for word in _OFFLINE) and "No solution found" not in text:
        return StepError(
            "The packages cannot be downloaded: the package index does not answer.",
            hint="Check the network connection (and proxy, if you use one), then try again.",
        )
    return StepError(
        "The project's packages cannot be installed: "
        + " ".join(line.strip(" ×╰─▶│├") for line in tail[-8:] if line.strip()),
        hint="Correct the dependency file (a misspelt name, a version that does not exist) and try again.",
    )


def log_lines(folder: Path, most: int) -> list[str]:
    """The last lines of the log of the site whose supervisor is in *folder*."""
    lines: list[str] = []
    for name in ("site.log.1", "site.log"):
        try:
            lines += (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
    return lines[-most:]
