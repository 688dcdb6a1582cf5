"""What the project's own code may do to databases while it is looked at: read a local one, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError

from simple_deploy.inspection import sqlite

_WRITING_OPTIONS = ("init_command", "transaction_mode")


class NotAsked(OperationalError):
    """The project wanted to connect to a database on another computer."""


def shield() -> None:
    """Make SQLite files read-only, missing ones empty ones in memory, and refuse connections to other computers."""
    for entry in settings.DATABASES.values():
        file = sqlite.file_of(entry.get("NAME"))
        if sqlite.is_sqlite(str(entry.get("ENGINE"))) and file is not None:
            entry["NAME"] = sqlite.read_only(Path(file))
            entry["OPTIONS"] = {
                name: value for name, value in (entry.get("OPTIONS") or {}).items() if name not in _WRITING_OPTIONS
            }
    connect = BaseDatabaseWrapper.connect

    def guarded(self: BaseDatabaseWrapper) -> None:
        if not _is_here(self.settings_dict):
            raise NotAsked("no connection is made to a database on another computer while a project is inspected")
        connect(self)

    setattr(BaseDatabaseWrapper, "connect", guarded)  # noqa: B010 - for the rest of this short process


def _is_here(entry: Mapping[str, Any]) -> bool:
    host = str(entry.get("HOST") or "")
    return host in {"", "localhost", "::1"} or host.startswith(("/", "127.", "@"))
