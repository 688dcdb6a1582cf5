"""Projects made by the dependency managers themselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.managers.tools import PACKAGES, Tools, make

#: uv comes with the tool; the others are installed first, which takes a while.
KINDS = ["uv", *(pytest.param(kind, marks=pytest.mark.slow) for kind in PACKAGES)]


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Callable[[str], Path]:
    """The project of a kind, made once."""
    folder = tmp_path_factory.mktemp("templates")

    def template(kind: str) -> Path:
        path = folder / kind.replace(" ", "-")
        return path if path.is_dir() else make(kind, path, tools)

    return template


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which manager made the project."""
    return str(request.param)


@pytest.fixture
def root(
    kind: str, templates: Callable[[str], Path], tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A project of *kind*, in a folder with a space in its name; its manager is on PATH."""
    source = templates(kind)
    for name, value in tools.environment(kind).items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    return Path(shutil.copytree(source, tmp_path / "my site", symlinks=True, ignore=shutil.ignore_patterns(".venv")))
