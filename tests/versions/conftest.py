"""Environments of the versions that people have, each made once for the whole test run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simple_deploy.testkit import projects
from tests.support import pythons as pythons_of_this_computer
from tests.support.shared import once
from tests.versions.newcomer import Newcomer, begin, make_environment


@pytest.fixture(scope="session")
def pythons() -> dict[str, str]:
    """The Pythons of this computer by their versions, and the oldest of them."""
    return pythons_of_this_computer.found()


@pytest.fixture
def start(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, simple_deploy_cache: Path
) -> Callable[..., Newcomer]:
    """Begin a project with a Python and a Django; :raises CommandFailed: that Django cannot be had."""

    def start(name: str, python: str, *django: str) -> Newcomer:
        made = once(tmp_path_factory, name, lambda folder: make_environment(folder, python, *django))
        own = next(path for path in (made / "Scripts/python.exe", made / "bin/python") if path.exists())
        return begin(own, tmp_path / "book shop", projects.environment(tmp_path / "home", cache=simple_deploy_cache))

    return start
