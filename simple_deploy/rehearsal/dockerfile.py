"""What a Dockerfile says, as far as rehearsals have to know it before it is built. Pure.

Source: docs.docker.com/reference/dockerfile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NOTHING = "scratch"


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions: the word in capitals, and the rest of its line."""
    pending = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip().startswith("#") or (not line.strip() and not pending):
            continue
        if line.endswith("\\"):
            pending += line[:-1].strip() + " "
            continue
        word, _, rest = (pending + line.strip()).partition(" ")
        pending = ""
        yield word.upper(), rest.strip()


def word(text: str) -> str:
    """The one word that *text*, of an instruction, says: between double quotes \\ takes the next character as it is."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r'\\([\\"$])', r"\1", text[1:-1])
    return text


def bases(text: str) -> tuple[str, ...]:
    """The images that a build begins with, each once; without those whose name is a variable."""
    names = {name.lower() for _, name in _stages(text)}
    found = (base for base, _ in _stages(text))
    return tuple(
        dict.fromkeys(base for base in found if base and "$" not in base and base.lower() not in {*names, _NOTHING})
    )


def named_stages(text: str) -> tuple[str, ...]:
    """The names of the stages before the last, whose result is no image by itself."""
    return tuple(name for _, name in _stages(text)[:-1] if name)


def _stages(text: str) -> list[tuple[str, str]]:
    """The base and the name of each stage; an empty name where it has none."""
    found = []
    for word, rest in instructions(text):
        if word == "FROM":
            words = [each for each in rest.split() if not each.startswith("--")]
            name = re.search(r"(?i)\sas\s+(\S+)", rest)
            found.append((words[0] if words else "", name[1] if name else ""))
    return found
