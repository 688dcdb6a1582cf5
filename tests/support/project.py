"""A real Django project to deploy, made by Django's own startproject, once for the whole test run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from simple_deploy.testkit import projects
from tests.support.repository import IDENTITY
from tests.support.waiting import PATIENCE

PLUGINS = Path(__file__).parent / "plugins"


def make_project(folder: Path, *, nested: bool = False) -> Path:
    """A project with requirements.txt, simple_deploy in INSTALLED_APPS and one commit; returns its git root."""
    root = projects.make(folder, layout="nested" if nested else "flat", env=IDENTITY).root
    for sample in (root / ".git" / "hooks").glob("*.sample"):
        sample.unlink()  # a third of all files of the project, which is copied for a thousand tests
    return root


def copy_project(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True)
    return target


def child_environment(home: Path, **extra: str) -> dict[str, str]:
    """An environment for child processes that keeps everything below *home*, with the toy platform installed."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SIMPLE_DEPLOY_", "DJANGO_"))},
        **IDENTITY,
        # No file, so that nobody's settings count. Not os.devnull: a git that writes there puts a file in its place.
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONPATH": str(PLUGINS),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SIMPLE_DEPLOY_DATA_DIR": str(home / "data"),
        "SIMPLE_DEPLOY_CACHE_DIR": os.environ.get("SIMPLE_DEPLOY_TESTS_CACHE", str(home / "cache")),
        "SIMPLE_DEPLOY_WORKER_IDLE": "60",
        **extra,
    }


def manage(
    project: Path, *arguments: str, env: Mapping[str, str], **options: object
) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` of *project* (its git root) and return what happened, whatever the exit code."""
    folder = project / "mysite" if (project / "mysite" / "manage.py").exists() else project
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=folder,
        env=dict(env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        **options,  # type: ignore[call-overload]
    )


def without_settings(project: Path, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The same with ``python -m simple_deploy``, which works where Django cannot load the settings."""
    return subprocess.run(
        [sys.executable, "-m", "simple_deploy", *arguments],
        cwd=project,
        env=dict(env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )
