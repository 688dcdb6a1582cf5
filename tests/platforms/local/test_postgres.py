"""A site on PostgreSQL, given by its address; and data that comes from a database of another kind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import needs_program
from tests.platforms.local.conftest import fetch, wait_for
from tests.platforms.local.projects import Owner, free_port
from tests.platforms.local.test_platform import Browser

pytestmark = pytest.mark.postgres

PROGRAMS = ("pg_isready", "initdb", "postgres", "createdb")


def programs_of_postgresql() -> Path:
    """The folder with the server's programs; on Debian it is not on PATH."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.get_exec_path())]
    complete = [folder for folder in folders if all((folder / name).is_file() for name in PROGRAMS)]
    return complete[0] if complete else Path(needs_program("pg_isready")).parent


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """An empty database of a server that belongs to this test."""
    programs = programs_of_postgresql()
    # Not below pytest's own folder, which only its user may enter: the server does not run as root.
    folder = Path(tempfile.gettempdir()) / f"postgres-{free_port()}"
    folder.mkdir()
    as_user: list[str] = []
    if sys.platform != "win32" and os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    port, data = free_port(), folder / "data"
    quiet = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL}
    subprocess.run([*as_user, str(programs / "initdb"), "-D", str(data), "-U", "ada", "-A", "trust", "-N"], **quiet)  # type: ignore[call-overload]
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    server = subprocess.Popen(
        [*as_user, str(programs / "postgres"), "-D", str(data), "-p", str(port), *options],
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "ada", "-d", "postgres"]
        wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL")
        subprocess.run(
            [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "ada", "notes"], check=True
        )
        yield f"postgres://ada:a-password-nobody-may-see@127.0.0.1:{port}/notes"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def test_a_site_on_postgresql_takes_local_data_along_and_keeps_its_own(owner: Owner, database_url: str) -> None:
    owner.manage("migrate", "--verbosity=0")
    owner.manage("shell", "--command=from notes.models import Note; Note.objects.create(text='from here')")

    owner.deployed(database="postgres", copy_data=True, secrets={"database_url": database_url})
    assert "from here" in fetch(owner.site.port)
    assert owner.site.postgres

    Browser(owner.site.url).post("/", text="from a visitor")
    owner.release("second")
    owner.deployed(copy_data=True)

    page = fetch(owner.site.port)
    assert "second" in page
    assert (page.count("from here"), page.count("from a visitor")) == (1, 1)
    assert not (owner.site.data / "db.sqlite3").exists()
    state = owner.root / ".simple_deploy"
    assert [path for path in state.rglob("*") if path.is_file() and b"nobody-may-see" in path.read_bytes()] == []


def test_a_database_address_that_is_missing_is_asked_for(owner: Owner) -> None:
    run = owner.deploy(database="postgres")

    assert run.error is not None
    assert "database_url" in run.error.message
    assert run.error.exit_code == 3
