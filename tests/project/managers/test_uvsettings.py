"""A project in the folder of another one is tried with its own versions, not with those the other one is held to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import uv

from simple_deploy.core.facts import Location
from simple_deploy.engine.environments import Environments
from simple_deploy.inspection import dependencies
from simple_deploy.managers import uvsettings
from simple_deploy.system import process
from tests.support.repository import write

OUTER = {
    "pyproject.toml": '[project]\nname = "outer"\nversion = "1"\n[tool.uv]\nconstraint-dependencies = ["sqlparse==0.4.4"]\n'
}
OWN = '[project]\nname = "own"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["sqlparse"]\n'


def test_settings_inside_the_project_count(tmp_path: Path) -> None:
    root = write(tmp_path, OUTER) / "inner"
    write(root, {"app/uv.toml": "", "broken/pyproject.toml": "[", "plain/pyproject.toml": OWN})
    assert uvsettings.arguments(root / "app", root) == ()
    for folder in (root, root / "broken", root / "plain"):
        assert uvsettings.arguments(folder, root)[0] == "--project"
    assert uvsettings.arguments(tmp_path, tmp_path) == ()
    assert uvsettings.arguments(root / "plain", tmp_path) == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_the_environment_has_what_a_platform_would_install(tmp_path: Path, name: str) -> None:
    root = write(tmp_path, OUTER) / "demo"
    write(root, {name: "sqlparse\n" if name == "requirements.txt" else OWN})
    declared = dependencies.read(Location(root=root)).dependencies
    environments = Environments(tmp_path / "environments", uv.find_uv_bin(), tmp_path)
    python = environments.ensure(dependencies=declared, root=root, python=sys.executable, run=process.run)
    listed = process.run((uv.find_uv_bin(), "pip", "freeze", "--python", str(python)), cwd=root).output
    assert "sqlparse==" in listed and "sqlparse==0.4.4" not in listed
