"""Projects, environments and settings for the measurements, all below one folder that goes away afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import django
import uv

from tests.support.project import child_environment, make_project

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Places:
    """
    :param folder: an empty folder; everything is made below it.
    :param pupils: how many a class has.
    """

    folder: Path
    pupils: int = 30

    def env(self, name: str = "home", **extra: str) -> dict[str, str]:
        """Variables for child processes that keep everything below *folder*; another *name*, another home."""
        found = child_environment(self.folder / name, **extra)
        del found["PYTHONDONTWRITEBYTECODE"]
        # The plugins of the tests are not part of what is measured; the checkout has to be found from any folder.
        found["PYTHONPATH"] = str(CHECKOUT)
        return found

    @cached_property
    def plain(self) -> Path:
        """A project as startproject makes it, with the app in INSTALLED_APPS and one commit."""
        return make_project(self.folder / "plain")

    def sample(self, name: str) -> Path:
        """The sample project, ready to run; another *name*, another copy."""
        folder = self.folder / name
        self.run([sys.executable, "-m", "simple_deploy.demo", "--dir", folder, "--no-next-steps"], cwd=self.folder)
        return folder

    def environment(self, name: str, *packages: str) -> Path:
        """The interpreter of a fresh environment with this Django and *packages*."""
        folder = self.folder / name
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.run([uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, folder], cwd=self.folder)
        wanted = [f"django=={django.get_version()}", *packages]
        self.run([uv.find_uv_bin(), "pip", "install", "--quiet", "--python", python, *wanted], cwd=self.folder)
        return python

    def run(self, argv: list[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> str:
        """Run a program to its end; returns what it printed.

        :raises RuntimeError: it failed; with what it printed.
        """
        done = subprocess.run(
            [str(part) for part in argv],
            cwd=cwd,
            env=dict(env or self.env()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, argv))} failed:\n{done.stdout}")
        return done.stdout
