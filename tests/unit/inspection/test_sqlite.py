from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from simple_deploy.inspection import sqlite
from simple_deploy.inspection.sqlite import Migration


@contextmanager
def database(path: Path, *statements: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (
            "CREATE TABLE django_migrations (app text, name text)",
            "INSERT INTO django_migrations VALUES ('blog', '0001')",
            "CREATE TABLE blog_post (title text)",
            *statements,
        ):
            connection.execute(statement)
        yield connection


def listing(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_a_database_is_read_and_left_alone(tmp_path: Path) -> None:
    with database(tmp_path / "db.sqlite3"):
        pass
    before = listing(tmp_path)
    state = sqlite.look(tmp_path / "db.sqlite3", ["blog_post", "gone"])
    assert state == sqlite.State(applied=frozenset({("blog", "0001")}), has_data=False)
    assert listing(tmp_path) == before


def test_a_row_is_data(tmp_path: Path) -> None:
    with database(tmp_path / "db.sqlite3", "INSERT INTO blog_post VALUES ('Hello')"):
        pass
    state = sqlite.look(tmp_path / "db.sqlite3", ["blog_post"])
    assert state is not None
    assert state.has_data


def test_a_missing_database_is_empty_and_stays_missing(tmp_path: Path) -> None:
    assert sqlite.look(tmp_path / "db.sqlite3", ["blog_post"]) == sqlite.State()
    assert sqlite.read_only(tmp_path / "db.sqlite3") == ":memory:"
    assert not list(tmp_path.iterdir())


def test_what_is_written_right_now_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "db with % and ü.sqlite3"
    with database(path, "PRAGMA journal_mode = WAL", "INSERT INTO blog_post VALUES ('Hello')"):
        assert Path(f"{path}-wal").exists()
        state = sqlite.look(path, ["blog_post"])
    assert state is not None
    assert state.has_data


def test_what_a_crash_left_behind_is_not_touched(tmp_path: Path) -> None:
    with database(tmp_path / "db.sqlite3"):
        pass
    (tmp_path / "db.sqlite3-wal").write_bytes(b"rest")
    assert sqlite.look(tmp_path / "db.sqlite3", []) is None


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be taken for one" * 10])
def test_a_file_that_is_no_database_is_no_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "db.sqlite3").write_bytes(content)
    assert sqlite.look(tmp_path / "db.sqlite3", ["blog_post"]) in (None, sqlite.State())


FIRST, SECOND = Migration(app="blog", name="0001"), Migration(app="blog", name="0002")
SQUASHED = Migration(app="blog", name="0001_squashed", replaces=(FIRST.key, SECOND.key))


@pytest.mark.parametrize(
    ("applied", "number"), [(set(), 1), ({FIRST.key}, 1), ({FIRST.key, SECOND.key}, 0), ({SQUASHED.key}, 1)]
)
def test_a_squashed_migration_stands_for_those_it_replaces(applied: set[sqlite.Key], number: int) -> None:
    assert sqlite.pending([FIRST, SECOND, SQUASHED], frozenset(applied)) == number


def test_migrations_the_database_has_not_seen_are_pending() -> None:
    assert sqlite.pending([FIRST, SECOND], frozenset({FIRST.key, ("gone", "0001")})) == 1
