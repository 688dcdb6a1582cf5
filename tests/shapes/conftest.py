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
from tests.support.shared import folder_of_the_run, once

#: Everything a layout may need besides Django, as its owner would have it installed beside the tool.
PACKAGES = ("wagtail", "python-decouple", "python-dotenv", "nanodjango")

Build = Callable[[Layout, Path], Path]
Declared = Callable[[Manager, Sequence[str]], Path]
Installed = Callable[[Manager], dict[str, str]]


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("home")
    # Git is not to make up who somebody is from the name of the computer.
    (home / "gitconfig").write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        yield


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of somebody who has the tool installed, and all that the layouts need."""

    def install(folder: Path) -> None:
        subprocess.run(
            [uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], check=True
        )
        # As after its owner has run the project once: what only looks at it compiles nothing that stays.
        install = ("pip", "install", "--quiet", "--compile-bytecode", "--python", str(interpreter(folder)))
        subprocess.run([uv.find_uv_bin(), *install, "--editable", str(CHECKOUT), *PACKAGES], check=True)

    return interpreter(once(tmp_path_factory, "an environment for every layout", install))


def interpreter(folder: Path) -> Path:
    return folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory, python: Path) -> Build:
    """Puts a fresh copy of a layout into a folder that is not there yet."""

    def copy(layout: Layout, target: Path) -> Path:
        def make(folder: Path) -> None:
            site = folder / "site"
            site.mkdir()
            layout.make(Maker(folder=site, python=python))

        made = once(tmp_path_factory, f"layout {layout.name.replace('/', '-')}", make)
        return Path(shutil.copytree(made / "site", target, ignore=shutil.ignore_patterns("__pycache__")))

    return copy


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(folder_of_the_run(tmp_path_factory))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Installed:
    """The variables under which a manager's program is found; it is installed once."""

    def variables(manager: Manager) -> dict[str, str]:
        if manager.tool:
            once(tmp_path_factory, f"{manager.tool} is installed", lambda _: tools.environment(manager.tool))
        return tools.environment(manager.tool) if manager.tool else {}

    return variables


@pytest.fixture(scope="session")
def declared(tmp_path_factory: pytest.TempPathFactory, tools: Tools, installed: Installed) -> Declared:
    """The folder with a manager's files for Django and these packages, made once."""

    def files(manager: Manager, packages: Sequence[str]) -> Path:
        def make(folder: Path) -> None:
            installed(manager)
            (folder / "files").mkdir()
            declare(manager, folder / "files", tools, packages, apart=folder)

        named = f"{manager.name.replace('/', '')} with {' '.join(packages) or 'Django only'}"
        return once(tmp_path_factory, named, make) / "files"

    return files
