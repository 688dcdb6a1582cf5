"""Which settings of uv count: those of the project, the person and the system, and none from a folder around it.

``uv pip`` looks for a uv.toml or a pyproject.toml in the working folder and in all above it. A project that lies in
the folder of another one would be tried with versions that the other one is held to, which no platform knows of.
https://docs.astral.sh/uv/concepts/configuration-files/
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from simple_deploy.edits import toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers.manifest import table


def arguments(folder: Path, root: Path) -> tuple[str, ...]:
    """Arguments for a ``uv pip`` that runs in *folder*, which is *root* or below it.

    :param root: of the project, or of a copy of it.
    """
    inside = [each for each in (folder, *folder.parents) if each == root or root in each.parents]
    if any(_has_settings(each) for each in inside):
        return ()  # uv finds those first
    return ("--project", tempfile.gettempdir())


def _has_settings(folder: Path) -> bool:
    if (folder / "uv.toml").is_file():
        return True
    try:
        return "uv" in table(toml.read((folder / "pyproject.toml").read_text(encoding="utf-8")), "tool")
    except (OSError, ValueError, EditError):
        return False
