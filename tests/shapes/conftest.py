"""An environment with what the layouts need, the layouts themselves, and the files of every dependency manager."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import uv

from tests.project.managers.tools import Tools
from tests.shapes.layouts import Layout, Maker
from tests.shapes.managers import Manager, declare
from tests.support.checkout import CHECKOUT

#: Everything a layout may need besides Django, as its owner would have it installed beside the tool.
PACKAGES = ("wagtail", "python-decouple", "python-dotenv", "nanodjango")

Build = Callable[[Layout, Path], Path]
Declared = Callable[[Manager, Sequence[str]], Path]


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        yield


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of somebody who has the tool installed, and all that the layouts need."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    interpreter = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [uv.find_uv_bin(), "pip", "install", "--quiet", "--python", str(interpreter)]
    subprocess.run([*install, "--editable", str(CHECKOUT), *PACKAGES], check=True)
    return interpreter


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory, python: Path) -> Build:
    """Puts a fresh copy of a layout into a folder that is not there yet."""
    made: dict[str, Path] = {}

    def copy(layout: Layout, target: Path) -> Path:
        if layout.name not in made:
            folder = tmp_path_factory.mktemp("layout") / "site"
            folder.mkdir()
            layout.make(Maker(folder=folder, python=python))
            made[layout.name] = folder
        return Path(shutil.copytree(made[layout.name], target, ignore=shutil.ignore_patterns("__pycache__")))

    return copy


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="session")
def declared(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Declared:
    """The folder with a manager's files for Django and these packages, made once."""
    made: dict[tuple[str, tuple[str, ...]], Path] = {}

    def files(manager: Manager, packages: Sequence[str]) -> Path:
        key = manager.name, tuple(packages)
        if key not in made:
            made[key] = tmp_path_factory.mktemp("declared")
            declare(manager, made[key], tools, packages)
        return made[key]

    return files
