"""Does something at a chosen moment of what this process does to files: somebody else, who is faster.

A moment is any in which a file of the folder is about to be read, written, renamed, linked, removed or made private, or a
program is about to start; and the one right after two files were exchanged.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.system import files

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "os.symlink", "os.listdir"}


@dataclass
class Intruder:
    """
    :param folder: whose files count.
    :param at: number of the moment, from 1; 0 means never.
    :param deed: what is done then.
    """

    folder: Path
    at: int = 0
    deed: Callable[[], None] = lambda: None
    moments: list[str] = field(default_factory=list)
    _busy: bool = False

    def moment(self, name: str) -> None:
        if self._busy:
            return
        self.moments.append(name)
        if len(self.moments) == self.at:
            self._busy = True
            try:
                self.deed()
            finally:
                self._busy = False

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            self.moment("start " + " ".join(map(str, arguments[1][:2])))
        elif (event == "open" or event in _CHANGES) and self._is_ours(arguments[0]):
            self.moment(f"{event.removeprefix('os.')} {Path(os.fsdecode(arguments[0])).name}")

    def _is_ours(self, path: object) -> bool:
        return isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(str(self.folder))


_AT_WORK: list[Intruder] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    for each in _AT_WORK:
        each.hear(event, arguments)


_HOOKED: list[bool] = []


@contextmanager
def at_work(intruder: Intruder, *, at_once: bool = True) -> Iterator[Intruder]:
    """:param at_once: whether the system can exchange two files in one step."""
    if not _HOOKED:  # a hook stays as long as the process
        sys.addaudithook(_audit)
        _HOOKED.append(True)
    real = files._rename_at_once

    def rename_at_once(one: Path, other: Path, flags: Any) -> bool:
        if not at_once:
            return False
        intruder.moment(f"exchange {one.name}")
        done = real(one, other, flags)
        intruder.moment(f"exchanged {one.name}")
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "_rename_at_once", rename_at_once)
        _AT_WORK.append(intruder)
        try:
            yield intruder
        finally:
            _AT_WORK.remove(intruder)
