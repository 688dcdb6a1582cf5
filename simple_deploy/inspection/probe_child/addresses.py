"""Settings that hold the address of the project's own site, which on this computer is that of its runserver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: An address as a browser has it, or its host alone. Port 8000 is runserver's; other ports are those of other programs.
_ADDRESS = re.compile(r"((?:https?://)?(?:localhost|127\.0\.0\.1)(:8000)?)(?:/.*)?", re.DOTALL)
#: Words in the name of a setting that tell whose address it is where the address has no port.
_OF_THE_SITE = frozenset({"SITE", "BASE", "PUBLIC", "CANONICAL", "ROOT"})


def own(named: Iterable[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    """The names of such settings, each with the part of its value that is the address of this computer.

    :param named: what the module of the settings holds.
    """
    for name, value in named:
        found = _ADDRESS.fullmatch(value) if name.isupper() and type(value) is str else None
        if found is not None and (found[2] or _OF_THE_SITE.intersection(name.split("_"))):
            yield name, found[1]
