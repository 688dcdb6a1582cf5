"""Whether a site can be built as the package that its pyproject.toml makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.edits import toml
from simple_deploy.managers import building

PROJECT = '[project]\nname = "goods-online"\n'


def backend(name: str) -> str:
    return f'[build-system]\nrequires = ["{name}"]\nbuild-backend = "{name}"\n'


@pytest.mark.parametrize(
    ("manager", "tables", "files", "fails"),
    [
        ("uv", backend("hatchling.build"), (), True),
        ("uv", backend("hatchling.build"), ("goods_online/__init__.py",), False),
        ("uv", backend("hatchling.build"), ("src/goods_online/__init__.py",), False),
        ("uv", backend("hatchling.build") + '[tool.hatch.build.targets.wheel]\npackages = ["shop"]\n', (), False),
        ("uv", backend("hatchling.build") + "[tool.uv]\npackage = false\n", (), False),
        ("uv", backend("uv_build"), ("goods_online/__init__.py",), True),
        ("uv", backend("uv_build"), ("src/goods_online/__init__.py",), False),
        ("uv", backend("setuptools.build_meta"), ("shop/__init__.py", "goods/__init__.py"), True),
        ("uv", backend("setuptools.build_meta"), ("shop/__init__.py", "docs/index.md"), False),
        ("uv", backend("setuptools.build_meta") + "[tool.setuptools]\npackages = []\n", ("a/x", "b/x"), False),
        ("uv", backend("some.backend.of.its.own"), (), False),
        ("uv", "", (), False),
        ("uv", "[tool.uv]\npackage = true\n", ("shop/__init__.py", "goods/__init__.py"), True),
        ("poetry", backend("poetry.core.masonry.api"), (), True),
        ("poetry", "", (), True),
        ("poetry", "[tool.poetry]\npackage-mode = false\n", (), False),
        ("poetry", '[tool.poetry]\npackages = [{include = "shop"}]\n', (), False),
        ("pdm", backend("hatchling.build"), (), False),
    ],
)
def test_what_a_manager_would_build(
    manager: str, tables: str, files: tuple[str, ...], fails: bool, tmp_path: Path
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert building.fails(toml.read(PROJECT + tables), manager, tmp_path) is fails
