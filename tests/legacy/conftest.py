"""What the tests of public plugins share."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.legacy import programs
from tests.legacy.plugins import Environment
from tests.legacy.programs import Programs
from tests.support.shared import once


@pytest.fixture
def environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Environment:
    """The environment of the plugin that the test is about, made once for the whole run."""
    plugin = request.getfixturevalue("plugin")
    folder = once(tmp_path_factory, f"dsd-{plugin}", lambda there: Environment(there / "env", there, plugin).make())
    home = tmp_path / "home"
    home.mkdir()
    return Environment(folder / "env", home, plugin)


@pytest.fixture
def played(tmp_path: Path) -> Programs:
    return Programs(tmp_path / "programs")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository, which the platform's program makes the remote of a new app."""
    folder = tmp_path / "app.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    return folder


@pytest.fixture
def site() -> Iterator[str]:
    """The address of something that answers 200."""
    with programs.answering() as address:
        yield address
