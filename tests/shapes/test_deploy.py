"""Each layout is deployed to this computer with one of the managers, answers, and is undone byte for byte."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from tests.shapes import table
from tests.shapes.conftest import Build, Declared, Installed
from tests.shapes.layouts import Layout
from tests.shapes.managers import Manager
from tests.shapes.projects import Owner, combined, file_of, shell
from tests.support.ports import free_port
from tests.support.repository import fingerprint, git

pytestmark = pytest.mark.slow


@pytest.mark.slice(3)
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("layout", "manager"),
    [pytest.param(layout, manager, id=f"{layout.name} with {manager.name}") for layout, manager in table.deployments()],
)
def test_a_project_of_any_shape_is_deployed_answers_and_is_undone(
    layout: Layout,
    manager: Manager,
    build: Build,
    declared: Declared,
    installed: Installed,
    python: Path,
    simple_deploy_cache: Path,
    tmp_path: Path,
) -> None:
    root = combined(layout, manager, tmp_path, build=build, declared=declared)
    env = shell(tmp_path, layout, installed(manager), simple_deploy_cache)
    owner = Owner(layout=layout, root=root, python=python, env=env)
    if not layout.repository:
        who = ("--answer", "name=Ada Example", "--answer", "email=ada@example.com")
        owner.deploy("--fix", "create-repository", "--yes", *who)
        owner.deploy("--fix", "write-requirements", "--yes")
    before, base = fingerprint(root), git(root, "rev-parse", "HEAD")
    try:
        port = ("--answer", f"port={free_port()}")
        done = owner.deploy("--platform", "local", "--automate-all", "--yes", *port, *layout.chosen)
        with urllib.request.urlopen(f"{done['url']}{layout.page}") as answer:
            assert answer.status == 200
            assert answer.read()
        changed = {*git(root, "diff", "--name-only", base).splitlines()}
        settings = layout.deployed or layout.file
        assert changed == {settings, file_of(layout, manager.file), file_of(layout, manager.lock)} - {None}
        assert git(root, "status", "--porcelain") == "", "nothing is left over"
        owner.deploy("--undo")
        assert fingerprint(root) == before
        assert git(root, "diff", "--stat", base) == ""
    finally:
        owner.deploy("--platform", "local", "--destroy", "--yes")
