"""Files such as ``.env``, which hold variables for this computer: what they set. What is read here is secret."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.secret import looks_secret
from simple_deploy.system import plainfiles

_LARGEST = 256 * 1024  # bytes
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=[ \t]*(.*?)\s*")
#: A value in quotes, with a comment behind it.
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^']*')\s+#""")
_ESCAPED = re.compile(r'\\([\\"])')
#: As in ``.env.toml``, which describes variables.
_SECTION = re.compile(r"\[[\w.\"'-]+\]")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
#: An address out of this computer and its containers, or with somebody's name or password in it.
_REACHES_OUT = re.compile(r"://[^/\s]*(?:\.|[^:@/\s]@)")


def parse(text: str) -> dict[str, str]:
    """The variables in the text of a ``.env`` file, as django-environ, python-decouple and python-dotenv agree on."""
    found = {}
    lines = text.splitlines()
    while lines:
        match = _LINE.fullmatch(lines.pop(0))
        if match:
            first = _QUOTED.match(match[2])
            more = 0 if first else _following(match[2], lines)
            found[match[1]] = _value(first[1] if first else "\n".join((match[2], *lines[:more])).rstrip())
            del lines[:more]
    return found


def holds_no_secret(path: Path) -> bool:
    """Whether *path* is such a file and sets nothing but what everyone may know, such as ``DEBUG=1``."""
    if not path.name.startswith(".env"):
        return False
    lines = [line.strip() for line in plainfiles.text(path, _LARGEST).splitlines()]
    said = [line for line in lines if line and not line.startswith("#") and not _SECTION.fullmatch(line)]
    found = [pair for line in said for pair in parse(line).items()]
    # A line that sets nothing may belong to a key that goes over several.
    if not said or len(found) != len(said):
        return False
    return not any(value and (_may_be_secret(name) or _reaches_out(value)) for name, value in found)


def _reaches_out(value: str) -> bool:
    return bool(_REACHES_OUT.search(_PLACEHOLDER.sub("", value)))


def _may_be_secret(name: str) -> bool:
    return looks_secret(name) or "KEY" in name.upper()


def _following(text: str, lines: list[str]) -> int:
    """How many of *lines* belong to the value that begins with *text*, as those of a key do: up to its last quote."""
    quote = text[:1]
    if quote not in {'"', "'"} or quote in text[1:]:
        return 0
    return next((number for number, line in enumerate(lines, 1) if line.rstrip().endswith(quote)), 0)


def _value(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _ESCAPED.sub(r"\1", text[1:-1])
    return re.split(r"\s+#", text, maxsplit=1)[0]


def folders(facts: ProjectFacts) -> Iterator[Path]:
    """Where settings look for the file, the first one first: beside them, in the folders above, at the git root."""
    location = facts.location
    settings = PurePosixPath(facts.settings_file or f"{location.project_dir}/settings.py")
    yield location.folder
    yield from (location.root / parent for parent in settings.parents)
    yield location.root


def values(facts: ProjectFacts) -> dict[str, str]:
    """The variables that the project's settings read, with the values they have on this computer.

    The environment counts more than a file. Of the files that set one, that which was found first counts, and ``.env``
    before those of other names.
    """
    names = facts.settings.variables if facts.settings else ()
    read = facts.settings.env_files if facts.settings else ()
    files = (*(folder / ".env" for folder in folders(facts)), *(facts.location.root / file for file in read))
    in_files: dict[str, str] = {}
    for file in dict.fromkeys(files):
        in_files = {**parse(plainfiles.text(file, _LARGEST)), **in_files}
    return {name: value for name in names if (value := os.environ.get(name, in_files.get(name))) is not None}
