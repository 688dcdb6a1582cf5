"""What tests of every kind share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.shared import folder_of_the_run


def needs_program(*names: str) -> str:
    """The path of the first of these programs that is installed.

    Where it is missing the test is skipped, saying so; with SIMPLE_DEPLOY_TESTS_REQUIRE_ALL set it fails instead.
    """
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    reason = f"{' or '.join(names)} is not installed"
    if os.environ.get("SIMPLE_DEPLOY_TESTS_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def simple_deploy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Throw-away environments of the whole test run, shared since they are told apart by what they hold."""
    return folder_of_the_run(tmp_path_factory) / "cache"


@pytest.fixture(scope="session")
def redis_server() -> str:
    return needs_program("redis-server")


@pytest.fixture(scope="session")
def chromium() -> str:
    return needs_program("chromium", "chromium-browser", "google-chrome")
