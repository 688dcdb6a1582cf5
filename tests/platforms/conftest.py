"""What the tests of all platforms share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import Postgres, running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; ``postgres.database()`` makes an empty database in it. Mark tests ``postgres``."""
    with running() as server:
        yield server
