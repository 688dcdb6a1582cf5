"""The shop, which tests change until it has the trait they are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.testkit import projects
from tests.field import shop as shops
from tests.field.shop import Shop
from tests.support.shared import once


@pytest.fixture(scope="session")
def shop_as_made(tmp_path_factory: pytest.TempPathFactory, simple_deploy_cache: Path) -> Shop:
    env = projects.environment(tmp_path_factory.mktemp("home"), cache=simple_deploy_cache)
    folder = once(tmp_path_factory, "field", lambda folder: shops.make(folder / "goods shop", env=env))
    return Shop(root=folder / "goods shop", env=env)


@pytest.fixture
def shop(shop_as_made: Shop, tmp_path: Path, simple_deploy_cache: Path) -> Shop:
    """A copy of the shop for this test, committed and clean."""
    return shops.copy(
        shop_as_made, tmp_path / "goods shop", env=projects.environment(tmp_path / "home", cache=simple_deploy_cache)
    )
