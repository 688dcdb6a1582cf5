"""The shell scripts that run on the server, with the values they are given. Pure but for reading the package's files.

A script goes to ``sh -s`` on standard input, values and all: what is given to it is in no list of processes and in no
log. It is read to its end before any of it runs, so a connection that breaks half-way runs nothing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_INCLUDED = re.compile(r"^# include ([a-z]+)\n", re.MULTILINE)


def script(name: str, values: Mapping[str, str]) -> str:
    """The text of the script *name* in ``scripts/``, which finds each of *values* in a shell variable of its name.

    :raises ValueError: a name that no shell variable has, or a value that the shell cannot hold.
    """
    for key, value in values.items():
        if not _NAME.fullmatch(key) or "\0" in value:
            raise ValueError(key)
    given = "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())
    text = _text(name)
    parts = "\n".join(map(_text, ("common", *_INCLUDED.findall(text))))
    return f"set -eu\numask 022\n{given}{parts}\nmain() {{\n{text}\n}}\nmain </dev/null\nexit 0\n"


@cache
def _text(name: str) -> str:
    return (files(__package__) / "scripts" / f"{name}.sh").read_text(encoding="utf-8")
