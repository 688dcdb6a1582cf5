"""Projects made by Django's own startproject, in repositories that know nothing of this computer's git settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simple_deploy.core.facts import Location
from simple_deploy.inspection.inspect import Inspection, Inspector
from simple_deploy.inspection.locate import locate
from simple_deploy.system.process import run

Make = Callable[[str], Path]


# Not of the whole session: tests of other folders, which run in the same process, need the home of the person.
@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, str(home))
        patch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        yield


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``flat`` and ``nested``, as startproject makes them."""
    folder = tmp_path_factory.mktemp("templates")
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    for layout, arguments in (("flat", ["mysite", "."]), ("nested", ["mysite"])):
        (folder / layout).mkdir()
        argv = [sys.executable, "-m", "django", "startproject", *arguments]
        subprocess.run(argv, cwd=folder / layout, env=env, check=True)
    return folder


@pytest.fixture
def make(templates: Path, tmp_path: Path) -> Iterator[Make]:
    """Makes a fresh project of the given layout and returns its top folder."""

    def copy(layout: str = "flat") -> Path:
        return Path(shutil.copytree(templates / layout, tmp_path / "project"))

    yield copy


@dataclass(frozen=True)
class Look:
    """Locates and inspects with the real runner."""

    def at(self, folder: Path, **environ: str) -> Location:
        return locate(start=folder, runner=run, environ=environ)

    def __call__(self, folder: Path, *, cache: Path | None = None, **options: bool) -> Inspection:
        return Inspector(run, cache_dir=cache).inspect(self.at(folder), **options)


@pytest.fixture
def look() -> Look:
    return Look()
