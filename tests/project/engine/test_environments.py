"""Environments take from each other what was compiled of the same packages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import uv

from simple_deploy.core.facts import Dependencies
from simple_deploy.engine.environments import Environments, compiled_prefix
from simple_deploy.system import process
from tests.support.repository import write


def made(folder: Path, requirements: str) -> Path:
    """The interpreter of the environment that holds them."""
    write(folder / "site", {"requirements.txt": requirements})
    environments = Environments(folder / "environments", uv.find_uv_bin(), folder / "site")
    dependencies = Dependencies(manager="requirements", file="requirements.txt", files=("requirements.txt",))
    return environments.ensure(dependencies=dependencies, root=folder / "site", python=sys.executable, run=process.run)


def compiles(python: Path, module: str) -> bool:
    """Whether importing *module* compiles it, in place of finding it compiled."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": compiled_prefix(python), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run([python, "-v", "-c", f"import {module}"], env=env, check=True, capture_output=True, text=True)
    (found,) = re.findall(rf"^# (code object from|.* matches) .*\b{module}.__init__\.py", done.stderr, re.MULTILINE)
    return found == "code object from"


def test_what_another_environment_has_compiled_is_not_compiled_again(tmp_path: Path) -> None:
    first = made(tmp_path, "sqlparse==0.5.3\n")
    assert compiles(first, "sqlparse")
    assert not compiles(first, "sqlparse")
    assert compiles(first, "json"), "Python's own, for which each environment has a place too"

    second = made(tmp_path, "sqlparse==0.5.3\niniconfig==2.1.0\n")
    assert second != first
    assert not compiles(second, "sqlparse")
    assert not compiles(second, "json")
    assert compiles(second, "iniconfig")


def test_what_is_compiled_of_another_version_is_left_there(tmp_path: Path) -> None:
    assert compiles(made(tmp_path, "sqlparse==0.5.3\n"), "sqlparse")
    newer = made(tmp_path, "sqlparse==0.5.2\n")
    assert compiles(newer, "sqlparse")
    assert process.run((str(newer), "-c", "import sqlparse; print(sqlparse.__version__)")).output == "0.5.2"
