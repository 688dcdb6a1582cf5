"""What of the project stays out of the image. Pure.

Source: docs.docker.com/build/concepts/context (.dockerignore). Fly.io does not read .gitignore.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from simple_deploy.api import ProjectFacts, inside, static_folder

_SECRETS = ("**/.env", "**/.env.*", "!**/.env.example", "**/*.key", "**/secrets.json")
_TOOLS = (
    ".git",
    ".simple_deploy",
    "**/.venv",
    "**/venv",
    "**/__pycache__",
    "**/*.pyc",
    "**/node_modules",
    "**/.DS_Store",
    "**/.idea",
    "**/.vscode",
)
_DATA = ("**/*.sqlite3", "**/*.sqlite3-*", "**/*.log")
_BUILD = ("fly.toml", "Dockerfile", ".dockerignore")


def dockerignore(facts: ProjectFacts) -> str:
    """The lines for the project that *facts* describe."""
    settings = facts.settings
    folder = PurePosixPath(facts.location.project_dir)
    local = []
    if settings:
        local += [settings.media_root, *(each.name for each in settings.databases if each.is_sqlite)]
        local.append(str(folder / static_folder(settings, facts.location)))
    return "\n".join(
        (
            "# Secrets are set with `fly secrets set` and are never part of the image.",
            *_SECRETS,
            "# The repository, environments, and what tools leave behind.",
            *_TOOLS,
            *(each for each in _inside(facts.environments) if PurePosixPath(each).name not in {"venv", ".venv"}),
            "# Databases, uploads and collected files of this computer.",
            *_DATA,
            *(each for each in _inside(local) if not each.endswith(".sqlite3")),
            "# What the image is made by.",
            *_BUILD,
            "",
        )
    )


def _inside(paths: Iterable[str]) -> list[str]:
    """Patterns for those of *paths* that are a file or folder below the git root, each once."""
    below = {inside(path) for path in paths if not path.startswith(":")}
    return sorted(_pattern(str(path)) for path in below if path is not None and path.parts)


def _pattern(path: str) -> str:
    """A line that means *path* and nothing else. Its ends are trimmed; # makes it a comment, ! takes others back."""
    text = re.sub(r"([\\*?\[\]])", r"\\\1", path)
    return re.sub(r"^[\s#!]|\s$", lambda found: f"[{found[0]}]", text)
