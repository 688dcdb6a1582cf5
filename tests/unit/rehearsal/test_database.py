"""A real PostgreSQL server in a world, reached over TLS through the relay."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import uv

from simple_deploy.core.errors import StepError
from simple_deploy.rehearsal import World, database
from simple_deploy.system import process
from tests.conftest import needs_program

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    needs_program("pg_isready")
    world = World(tmp_path_factory.mktemp("stage") / "pond")
    yield world
    data = Path(world.read()["postgresql"]["data"])
    world.remove()
    assert not data.parent.exists()


def ask(found: database.Database, sql: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Ask as a site would: by the address alone."""
    url = found.url(query="sslmode=require").reveal()
    return subprocess.run(
        ["psql", url, "--no-psqlrc", "-tAc", sql], capture_output=True, encoding="utf-8", timeout=30, check=False
    )


def test_a_database_is_made_once_and_reached_over_tls(world: World) -> None:
    first = database.create(world, "notes")
    again = database.create(world, "notes")

    assert first == again
    done = ask(first, "CREATE TABLE note (text text); INSERT INTO note VALUES ('hello'); SELECT text FROM note")
    assert done.stdout.split()[-1] == "hello", done.stderr
    assert database.query(world, "notes", "SELECT count(*) FROM note") == "1"
    assert "notes" in world.read()["databases"]
    assert first.password.reveal() not in repr(first)


def test_more_data_than_a_packet_comes_through_both_ways(world: World) -> None:
    found = database.create(world, "notes")

    assert len(ask(found, "SELECT repeat('x', 3000000)").stdout.strip()) == 3_000_000
    assert ask(found, f"SELECT length('{'y' * 100_000}')").stdout.strip() == "100000"


def test_one_site_cannot_enter_the_database_of_another(world: World) -> None:
    notes, shop = database.create(world, "notes"), database.create(world, "shop")
    crossed = database.Database(
        host=notes.host, port=notes.port, name=shop.name, user=shop.user, password=notes.password
    )

    assert "password authentication failed" in ask(crossed, "SELECT 1").stderr


def test_the_server_comes_back_with_its_data(world: World) -> None:
    found = database.create(world, "kept")
    ask(found, "CREATE TABLE note (text text)")
    world.stop(database.SERVER)

    assert database.create(world, "kept") == found
    assert ask(found, "SELECT count(*) FROM note").stdout.strip() == "0"


def test_a_database_that_was_dropped_is_gone(world: World) -> None:
    found = database.create(world, "gone")
    database.drop(world, "gone")
    database.drop(world, "gone")

    assert ask(found, "SELECT 1").returncode != 0
    assert "gone" not in world.read()["databases"]


def test_where_packages_lie_in_a_folder_it_comes_from_there_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "packages"
    download = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder))
    process.run((*download, database.PACKAGE))
    monkeypatch.setenv("UV_FIND_LINKS", folder.as_uri())
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setattr(database, "_found", lambda: None)
    world = World(tmp_path / "pond")
    world.place()
    # Not started here: root's server has a user of its own, who may not enter the world's folder.
    assert (database._programs(world) / "psql").is_file() or (database._programs(world) / "psql.exe").is_file()


def test_where_there_is_none_one_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_found", lambda: None)
    world = World(tmp_path / "pond")
    world.place()
    with pytest.raises(StepError, match="There is no PostgreSQL on this computer"):
        database.create(world, "notes")

    programs = database.prepare(world, uv.find_uv_bin(), tmp_path / "postgresql")
    # When these tests run as root the server has a user of its own, who has to reach it. Nothing is forbidden by that.
    as_root = sys.platform != "win32" and os.geteuid() == 0
    for folder in (tmp_path, *tmp_path.parents) if as_root else ():
        mode = folder.stat().st_mode
        if mode & 0o055 != 0o055:
            folder.chmod(mode | 0o055)
    try:
        found = database.create(world, "notes")
        assert programs.is_relative_to(tmp_path)
        assert ask(found, "SHOW ssl").stdout.strip() == "off"  # the relay speaks TLS for it
    finally:
        world.remove()
