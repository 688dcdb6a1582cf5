"""What comes after the newest Django that is tried: the package index is asked, in a whole run only."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.version import Version
from uv import find_uv_bin

from simple_deploy.core.errors import CommandFailed
from simple_deploy.system import process
from tests.versions.newcomer import Newcomer, walk
from tests.versions.pairs import NEWEST_DJANGO

pytestmark = [pytest.mark.slow, pytest.mark.slice(0)]

MAIN = "django @ https://github.com/django/django/archive/refs/heads/main.tar.gz"


def newest(folder: Path, *options: str) -> Version:
    """The newest Django of the package index that runs on this Python."""
    asked = (find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-config", "--no-deps", *options, "-")
    found = process.run((*asked, f"--python={sys.executable}"), cwd=folder, stdin="django").output
    version = re.search(r"^django==(\S+)", found, re.MULTILINE)
    assert version is not None, found
    return Version(version[1])


def test_there_is_no_django_that_was_not_tried(tmp_path: Path) -> None:
    found = newest(tmp_path)
    assert f"{found.major}.{found.minor}" == NEWEST_DJANGO, f"try {found} too: add it to tests/versions/pairs.py"


def test_the_next_django_before_its_release(start: Callable[..., Newcomer], tmp_path: Path) -> None:
    """It may fail without failing the whole run, which names it."""
    found = newest(tmp_path, "--prerelease=allow")
    if not found.is_prerelease:
        pytest.skip(f"the package index has nothing newer than Django {found}")
    try:
        walk(start(f"Django {found}", sys.executable, f"django=={found}"))
    except (AssertionError, CommandFailed) as error:
        pytest.xfail(f"Django {found}: {error}")


def test_djangos_main_branch(start: Callable[..., Newcomer]) -> None:
    """It may fail without failing the whole run, which names it."""
    try:
        newcomer = start("Django main", sys.executable, MAIN)
    except CommandFailed as error:
        pytest.xfail(f"Django's main branch cannot be had here: {error}")
    try:
        walk(newcomer)
    except (AssertionError, CommandFailed) as error:
        pytest.xfail(f"Django's main branch: {error}")
