"""Which manager keeps a project's dependencies, and what a deployed site installs."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from simple_deploy.core.errors import Blocked
from simple_deploy.core.facts import Dependencies
from simple_deploy.core.interfaces import Runner
from simple_deploy.core.steps import DEPLOY_GROUP
from simple_deploy.managers import pep621
from simple_deploy.managers import requirements as lines
from simple_deploy.managers.base import Manager, Place
from simple_deploy.managers.pdm import PDM
from simple_deploy.managers.pipenv import PIPENV
from simple_deploy.managers.piptools import CompiledProject, PipTools
from simple_deploy.managers.poetry import POETRY
from simple_deploy.managers.requirements import Requirements
from simple_deploy.managers.uv import UV

#: By the name facts have for it.
MANAGERS: Mapping[str, Manager] = MappingProxyType(
    {
        "requirements": Requirements(),
        "pip-tools": PipTools(),
        "uv": UV,
        "poetry": POETRY,
        "pipenv": PIPENV,
        "pdm": PDM,
        "hatch": pep621.HATCH,
        "pep621": pep621.PEP621,
    }
)
_COMPILED_PROJECT = CompiledProject()


def manager_of(dependencies: Dependencies) -> Manager:
    """The manager that keeps *dependencies*.

    :raises Blocked: nothing is declared, or by a manager that cannot be edited.
    """
    manager = MANAGERS.get(dependencies.manager)
    if dependencies.manager == "pip-tools" and (dependencies.file or "").endswith(".toml"):
        return _COMPILED_PROJECT
    if manager is None or dependencies.file is None:
        raise Blocked(
            f"{dependencies.manager} manages this project's dependencies, and this tool cannot edit its files yet.",
            hint="For now, also keep a requirements.txt, for example with the manager's own export command.",
        )
    return manager


def export(
    dependencies: Dependencies,
    root: Path,
    run: Runner,
    uv: str,
    *,
    python: str = sys.executable,
    groups: Iterable[str] = (DEPLOY_GROUP,),
) -> str:
    """A requirements file that installs what a deployed site needs, pinned exactly where there is a lock.

    It is meant to lie in the folder of the manager's file: relative paths start there.

    :param root: the folder that the paths of *dependencies* are relative to: a workbench or a release.
    :param uv: the uv program.
    :param python: the interpreter the project runs on.
    :param groups: named groups to install besides what is always installed, where there are any of that name.
    :raises Blocked: the manager is none that can be installed from.
    :raises ProjectError: its files cannot be read.
    :raises CommandFailed: it refused.
    """
    place = Place(root=root, run=run, uv=uv, python=python)
    return manager_of(dependencies).export(dependencies, place, groups=groups)


def export_file(dependencies: Dependencies, place: Place, *, path: str, groups: Iterable[str] = ()) -> str | None:
    """The text of a requirements file at *path* that says what :func:`export` does, marked as generated.

    :returns: None where *path* is the project's own: a file its manager edits, includes or compiles.
    :raises Blocked: :raises ProjectError: :raises CommandFailed: as for :func:`export`.
    """
    manager = manager_of(dependencies)
    file = dependencies.file or ""
    if path in {file, *dependencies.files, dependencies.lock}:
        return None
    text = manager.export(dependencies, place, groups=groups)
    folder = posixpath.relpath(posixpath.dirname(file) or ".", posixpath.dirname(path) or ".")
    text = text if folder == "." else lines.relocated(text, folder)
    return text if lines.is_generated(text) else lines.generated(file, file, text.splitlines())
