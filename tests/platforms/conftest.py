"""What the tests of all platforms share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden import Samples
from tests.project.managers.tools import Tools
from tests.support.postgres import Postgres, running
from tests.support.shapes import Shapes
from tests.support.shared import folder_of_the_run


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; ``postgres.database()`` makes an empty database in it. Mark tests ``postgres``."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """The sample project in every shape, inspected: ``samples.facts(Shape(layout=…, manager=…))``."""
    return Samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory, simple_deploy_cache: Path) -> Shapes:
    """The sample project in every shape, locked and committed: ``shapes.project(shape, folder)``. For slow tests."""
    tools = Tools(folder_of_the_run(tmp_path_factory))
    return Shapes(factory=tmp_path_factory, cache=simple_deploy_cache, tools=tools)
