"""The sample project in every shape as its owner has it: a repository, with the lock of its manager committed."""

from __future__ import annotations

import functools
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from subprocess import run

import pytest

from simple_deploy.rehearsal import images
from simple_deploy.system import process
from simple_deploy.testing import Shape, write_shape
from simple_deploy.testkit.projects import IDENTITY, Project, environment
from tests.project.managers.tools import PACKAGES, Tools
from tests.support.repository import git
from tests.support.shared import once


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """Each shape is made, and locked by its manager's own program, when it is first asked for in the test run.

    :param cache: where throw-away environments are kept.
    """

    factory: pytest.TempPathFactory
    cache: Path
    tools: Tools

    def project(self, shape: Shape, folder: Path, **env: str) -> Project:
        """A copy of the project of *shape* in the new *folder*; its manager is on PATH of what runs in it."""
        shutil.copytree(self._template(shape), folder, symlinks=True)
        inner = shape.manage_folder(folder).relative_to(folder).as_posix()
        # Images are built in tests that say so: elsewhere it would depend on the computer how a rehearsal builds.
        own = {**environment(folder.parent, cache=self.cache), images.VARIABLE: images.NONE}
        return Project(
            root=folder, project_dir="" if inner == "." else inner, env={**own, **self.variables(shape), **env}
        )

    def variables(self, shape: Shape) -> Mapping[str, str]:
        """Variables under which the shape's manager is found."""
        kind = shape.manager.partition("-")[0]
        if kind in PACKAGES:
            once(self.factory, f"{kind} is installed", lambda _: self.tools.environment(kind))
        return self.tools.environment(kind if kind != "requirements" else "uv")

    def _template(self, shape: Shape) -> Path:
        def make(folder: Path) -> None:
            root = folder / "project"
            write_shape(root, shape, lock=True, run=functools.partial(_run, dict(self.variables(shape))))
            git(root, "init", "--quiet", "--initial-branch=main")
            git(root, "config", "user.name", IDENTITY["GIT_AUTHOR_NAME"])
            git(root, "config", "user.email", IDENTITY["GIT_AUTHOR_EMAIL"])
            git(root, "add", "--all")
            git(root, "commit", "--quiet", "-m", "A blog that works on this computer")

        return once(self.factory, f"{shape.manager}-{shape.layout}", make) / "project"


def lay_out(project: Path, folder: Path) -> Path:
    """The files of the project's last commit, and nothing else, in *folder*: what a platform is sent."""
    packed = run(["git", "archive", "HEAD"], cwd=project, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _run(variables: Mapping[str, str], *arguments: object, **options: object) -> object:
    env = {**variables, **(options.pop("env", None) or {})}  # type: ignore[dict-item]
    return process.run(*arguments, env=env, **options)  # type: ignore[arg-type]
