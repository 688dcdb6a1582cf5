"""What tells a project's folder from every other one on this computer, its copies and clones among them.

It is kept in the state folder, which moves with the project and which no clone has. A copy has it too, and notices as
long as the original is where it was, since the mark says in which folder it was made; after that, a copy nobody has
looked at passes for the original. So neither a path, which a move changes, nor the history, which every clone has,
decides whose a site on this computer is. The folder's number on its disk would not do: new folders get those of deleted
ones.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core import codec
from simple_deploy.system import files, stored

FILE = "mark.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """:param folder: the state folder, as it was called when this was written."""

    id: str
    folder: str


def read(root: Path) -> str:
    """The mark in the state folder *root*; empty where there is none, or it is that of the folder this is a copy of."""
    mark = stored.known(_Mark, root / FILE)
    return "" if mark is None or _is_copied(mark, root) else mark.id


def keep(root: Path) -> None:
    """See to it that the state folder *root* has a mark, its own; where none can be written, it has none."""
    mark, folder = stored.known(_Mark, root / FILE), str(root.resolve())
    if mark is None or mark.folder != folder:
        own = _Mark(id=read(root) or secrets.token_hex(16), folder=folder)
        with suppress(OSError):
            files.write_atomic(root / FILE, json.dumps(codec.to_data(own)))


def _is_copied(mark: _Mark, root: Path) -> bool:
    made = Path(mark.folder)
    try:
        elsewhere = not made.samefile(root)
    except (OSError, ValueError):  # it is gone, so this is what became of it
        return False
    original = stored.known(_Mark, made / FILE) if elsewhere else None
    return original is not None and original.id == mark.id
