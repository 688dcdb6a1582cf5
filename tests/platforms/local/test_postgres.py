"""A site on PostgreSQL, given by its address; and data that comes from a database of another kind."""

from __future__ import annotations

import pytest

from tests.platforms.local.conftest import fetch
from tests.platforms.local.projects import Owner
from tests.platforms.local.test_platform import Browser
from tests.support.postgres import Postgres

pytestmark = pytest.mark.postgres


@pytest.fixture
def database_url(postgres: Postgres) -> str:
    """An empty database."""
    return postgres.database()


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_database_address_that_is_missing_is_asked_for(owner: Owner) -> None:
    run = owner.deploy(database="postgres")

    assert run.error is not None
    assert "database_url" in run.error.message
    assert run.error.exit_code == 3
