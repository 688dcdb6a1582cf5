"""A layout together with a manager: somebody's project, and how they deploy it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.shapes.conftest import Build, Declared
from tests.shapes.layouts import Layout, repository
from tests.shapes.managers import Manager
from tests.support.repository import git


@dataclass(frozen=True, kw_only=True)
class Owner:
    """
    :param root: the git root.
    :param python: the interpreter of their environment.
    :param env: the variables of their shell.
    """

    layout: Layout
    root: Path
    python: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def deploy(self, *arguments: str) -> dict[str, Any]:
        """Call the command where manage.py is; returns what it ends with."""
        done = subprocess.run(
            [str(self.python), "-m", "simple_deploy", "deploy", "--json", "--no-input", *arguments],
            cwd=self.root / self.layout.project_dir,
            env={name: value for name, value in self.env.items() if value},
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        result: dict[str, Any] = lines[-1]
        said = "\n".join(str(line.get("text", line)) for line in lines[-40:])
        assert result["status"] in {"succeeded", "undone"}, f"{said}\n{done.stderr}"
        return result


def combined(
    layout: Layout, manager: Manager, folder: Path, *, build: Build, declared: Declared, only_django: bool = False
) -> Path:
    """The project in *folder*, with everything committed; returns its git root.

    :param only_django: declare nothing else, which is enough where nothing is installed.
    """
    root = build(layout, folder / "my site")
    if not layout.repository:
        return root
    beside = root / (layout.project_dir if layout.files_beside else "")
    shutil.copytree(declared(manager, () if only_django else layout.packages), beside, dirs_exist_ok=True)
    repository(root)
    if layout.name == "git worktree":
        git(root, "worktree", "add", "--quiet", "-b", "second", str(folder / "second tree"))
        return folder / "second tree"
    return root


def file_of(layout: Layout, name: str | None) -> str | None:
    """The path of a manager's file in the repository."""
    return f"{layout.project_dir}/{name}" if name and layout.files_beside else name


def shell(folder: Path, layout: Layout, tool: Mapping[str, str], cache: Path) -> dict[str, str]:
    """The variables of a shell in which nothing of these tests is known.

    :param cache: where throw-away environments are kept.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "SIMPLE_DEPLOY_"))}
    return {
        **plain,
        **tool,
        **layout.variables,
        "SIMPLE_DEPLOY_DATA_DIR": str(folder / "data"),
        "SIMPLE_DEPLOY_CACHE_DIR": str(cache),
    }
