"""What the project's own code may do to databases while it is looked at: read a local one, nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import CO_OPTIMIZED
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError

from simple_deploy.inspection import sqlite
from simple_deploy.inspection.probe_child.trouble import Project, relative

_WRITING_OPTIONS = ("init_command", "transaction_mode")
_READ_ONLY = "attempt to write a readonly database"  # SQLite's words


class NotAsked(OperationalError):
    """The project wanted to connect to a database on another computer."""


def not_asked(error: BaseException | None) -> bool:
    """Whether *error* is there only because the project is looked at, and not used."""
    while error is not None and not isinstance(error, NotAsked) and _READ_ONLY not in str(error):
        error = error.__cause__ or error.__context__
    return error is not None


class Shield:
    """Opens SQLite files for reading only, missing ones as empty ones in memory, and nothing on other computers.

    It notes which of the project's files ask a database while they are imported, or while their app starts: on a
    deployed site there are no tables yet when that happens first.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._asking: dict[tuple[str, int], None] = {}

    def put_up(self) -> None:
        """For the rest of this short process."""
        connect, cursor = BaseDatabaseWrapper.connect, BaseDatabaseWrapper.cursor

        def guarded(connection: BaseDatabaseWrapper) -> None:
            if not _is_here(connection.settings_dict):
                raise NotAsked("the tool does not connect to another computer's database while it inspects a project")
            with _reading_only(connection):
                connect(connection)

        def noted(connection: BaseDatabaseWrapper) -> Any:
            self._note()
            return cursor(connection)

        setattr(BaseDatabaseWrapper, "connect", guarded)  # noqa: B010
        setattr(BaseDatabaseWrapper, "cursor", noted)  # noqa: B010

    def asking(self, project: Project) -> list[str]:
        """The places that asked, as ``goods/forms.py, line 4``."""
        return [f"{relative(file, project)}, line {line}" for file, line in self._asking if project.owns(file)]

    def _note(self) -> None:
        project = Project(self._root, "")
        frame: Any = sys._getframe(2)
        while frame is not None:
            code = frame.f_code
            # The body of a module or a class, unlike that of a function, has no optimized locals.
            if (not code.co_flags & CO_OPTIMIZED or code.co_name == "ready") and project.owns(code.co_filename):
                self._asking.setdefault((code.co_filename, frame.f_lineno))
                return
            frame = frame.f_back


@contextmanager
def _reading_only(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let a connection to a SQLite file that is opened meanwhile be one for reading. The settings stay as they are."""
    own = connection.settings_dict
    file = sqlite.file_of(own.get("NAME")) if sqlite.is_sqlite(str(own.get("ENGINE"))) else None
    if file is not None:
        options = {name: value for name, value in (own.get("OPTIONS") or {}).items() if name not in _WRITING_OPTIONS}
        connection.settings_dict = {**own, "NAME": sqlite.read_only(Path(file)), "OPTIONS": options}
    try:
        yield
    finally:
        connection.settings_dict = own


def _is_here(entry: Mapping[str, Any]) -> bool:
    host = str(entry.get("HOST") or "")
    return host in {"", "localhost", "::1"} or host.startswith(("/", "127.", "@"))
