"""Real git repositories for tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from simple_deploy.testkit.projects import IDENTITY, fingerprint

__all__ = ["IDENTITY", "fingerprint", "git", "repository", "write"]

#: Of each repository. Git must not tidy up in the background, while a test copies the folder.
_SETTINGS = """\
[user]
	name = Ada Example
	email = ada@example.com
[maintenance]
	auto = false
"""


def git(folder: Path, *arguments: str) -> str:
    """Run git in *folder*; returns what it prints."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **IDENTITY},
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write *files* below *folder*."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return folder


def repository(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A repository with *files* committed."""
    write(folder, files)
    git(folder, "init", "--quiet", "--initial-branch=main")
    with (folder / ".git" / "config").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "First")
    return folder
