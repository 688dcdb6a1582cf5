"""What the tests of all platforms share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.golden import Samples
from tests.support.postgres import Postgres, running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; ``postgres.database()`` makes an empty database in it. Mark tests ``postgres``."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """The sample project in every shape, inspected: ``samples.facts(Shape(layout=…, manager=…))``."""
    return Samples(tmp_path_factory.mktemp("samples"))
