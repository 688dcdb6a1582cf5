"""A project of each manager, deployed to this computer and taken back."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms.local.conftest import leave, someone
from tests.platforms.local.projects import Owner
from tests.support.repository import fingerprint, git

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def owner(root: Path, tmp_path: Path, cache: Path) -> Iterator[Owner]:
    made = someone(root, tmp_path / "user data", cache)
    yield made
    leave(made)


@pytest.mark.slice(1)
def test_a_project_of_any_manager_is_deployed_and_taken_back(owner: Owner, kind: str) -> None:
    before = fingerprint(owner.root)
    owner.deployed()
    with urllib.request.urlopen(f"{owner.site.url}admin/login/") as answer:
        assert answer.status == 200
    changed = {*git(owner.root, "diff", "--name-only", "HEAD~1").split()}
    files = owner.service.inspection().facts.dependencies
    assert changed == {"mysite/settings.py", files.file, files.lock} - {None}
    assert git(owner.root, "status", "--porcelain") == ""
    environment = owner.site.release(owner.site.current or "").environment
    installed = {path.name.partition("-")[0].lower() for path in environment.rglob("*.dist-info")}
    assert {"django", "whitenoise"} <= installed
    assert "iniconfig" not in installed, "packages for development stay away"
    service = owner.service
    service.execute(service.create_undo().id)
    assert fingerprint(owner.root) == before
