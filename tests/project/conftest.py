"""Projects, services and processes for tests that use the real things."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simple_deploy.inspection.locate import locate
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from tests.support.project import PLUGINS, child_environment, copy_project, make_project
from tests.support.shared import once
from tests.support.waiting import waited


@pytest.fixture(scope="session")
def flat_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once(tmp_path_factory, "flat", lambda folder: make_project(folder / "project")) / "project"


@pytest.fixture(scope="session")
def environments(simple_deploy_cache: Path) -> Path:
    """Throw-away environments."""
    return simple_deploy_cache


@pytest.fixture
def project(flat_project: Path, tmp_path: Path) -> Path:
    """A flat project with one commit, in a folder with a space in its name."""
    return copy_project(flat_project, tmp_path / "my site")


@pytest.fixture
def env(tmp_path: Path, environments: Path) -> dict[str, str]:
    """The environment for child processes."""
    return child_environment(tmp_path / "home", SIMPLE_DEPLOY_CACHE_DIR=str(environments))


@pytest.fixture
def service(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The service of *project*, with the toy platform; the worker it may start is ended afterwards."""
    for name in set(os.environ) - set(env):
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(PLUGINS))
    yield Service(locate(start=project, manage_py=None, settings_module=None, runner=process.run))
    for each in psutil.process_iter(["cwd"]):
        if each.info["cwd"] == str(project) and each.pid != os.getpid():
            process.kill_tree(each.pid)


@pytest.fixture
def wait_for() -> Callable[..., object]:
    """Wait until a condition holds; returns what it returned."""
    return waited
