"""A local SQLite database, looked at without ever writing to it or beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A migration on the disk.

    :param replaces: app and name of those it stands for.
    """

    app: str
    name: str
    replaces: tuple[Key, ...] = ()

    @property
    def key(self) -> Key:
        return self.app, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """
    :param applied: app and name of the migrations the database has seen.
    :param has_data: whether one of the tables asked for has a row.
    """

    applied: frozenset[Key] = frozenset()
    has_data: bool = False


def is_sqlite(engine: str) -> bool:
    return "sqlite" in engine or "spatialite" in engine


def file_of(name: object) -> str | None:
    """Absolute path of a SQLite database's file, or None when it has none."""
    text = str(name or "")
    if not text or text == ":memory:" or text.startswith("file:"):
        return None
    return os.path.abspath(text)  # noqa: PTH100 - links stay as they are


def read_only(file: Path) -> str:
    """An address under which SQLite opens *file* for reading; that of an empty database when there is no file."""
    if not file.is_file():
        return ":memory:"
    # With no log beside it nobody is writing, and SQLite can do without lock files.
    mode = "mode=ro" if Path(f"{file}-wal").exists() else "mode=ro&immutable=1"
    return f"{file.absolute().as_uri()}?{mode}"


def look(file: Path, tables: Iterable[str]) -> State | None:
    """What the database at *file* holds; None when it cannot be read. A missing file holds nothing.

    :param tables: those whose rows are data of the person's own.
    """
    if not file.exists():
        return State()
    if Path(f"{file}-wal").exists() and not Path(f"{file}-shm").exists():
        return None  # left behind by a crash: reading would recover it, and so write
    try:
        import sqlite3
    except ImportError:  # a Python built without it
        return None
    try:
        with closing(sqlite3.connect(read_only(file), uri=True, timeout=1.0)) as connection:
            there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            applied = (
                frozenset(
                    (str(app), str(name)) for app, name in connection.execute("SELECT app, name FROM django_migrations")
                )
                if "django_migrations" in there
                else frozenset()
            )
            has_data = any(
                connection.execute(f"SELECT 1 FROM {_quoted(table)} LIMIT 1").fetchone()
                for table in tables
                if table in there
            )
    except (sqlite3.Error, ValueError):
        return None
    return State(applied=applied, has_data=has_data)


def pending(migrations: Sequence[Migration], applied: frozenset[Key]) -> int:
    """How many of *migrations* the database has not seen; a squashed one stands for those it replaces when none or all
    of them were applied."""
    nodes = {migration.key for migration in migrations}
    seen = set(applied)
    for migration in migrations:
        if not migration.replaces:
            continue
        known = [key in applied for key in migration.replaces]
        # As in Django's MigrationLoader.build_graph.
        seen = seen | {migration.key} if all(known) else seen - {migration.key}
        if all(known) or not any(known):
            nodes -= set(migration.replaces)
        else:
            nodes.discard(migration.key)
    return len(nodes - seen)


def _quoted(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'
