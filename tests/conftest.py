"""What tests of every kind share."""

from __future__ import annotations

import os
import shutil

import pytest


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
def redis_server() -> str:
    return needs_program("redis-server")


@pytest.fixture(scope="session")
def chromium() -> str:
    return needs_program("chromium", "chromium-browser", "google-chrome")
