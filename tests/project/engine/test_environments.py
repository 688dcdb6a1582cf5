"""Environments take from each other what was compiled of the same packages."""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import uv

from simple_deploy.core.facts import Dependencies
from simple_deploy.engine import compiled
from simple_deploy.engine.environments import Environments, install
from simple_deploy.system import process
from tests.support.repository import write


def made(folder: Path, requirements: str, python: str = sys.executable) -> Path:
    """The interpreter of the environment that holds them."""
    write(folder / "site", {"requirements.txt": requirements})
    environments = Environments(folder / "environments", uv.find_uv_bin(), folder / "site")
    dependencies = Dependencies(manager="requirements", file="requirements.txt", files=("requirements.txt",))
    return environments.ensure(dependencies=dependencies, root=folder / "site", python=python, run=process.run)


def compiles(python: Path, module: str, *, apart: bool = True) -> bool:
    """Whether importing *module* compiles it, in place of finding it compiled.

    :param apart: it is looked for where a trial keeps it, not beside the source.
    """
    prefix = compiled.prefix(python) if apart else ""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": prefix, "PYTHONDONTWRITEBYTECODE": ""}
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


def test_a_release_gets_what_was_compiled_while_its_plan_was_tried(tmp_path: Path) -> None:
    assert compiles(made(tmp_path, "sqlparse==0.5.3\n"), "sqlparse")
    release, program = tmp_path / "release", uv.find_uv_bin()
    process.run((program, "venv", "--quiet", "--python", sys.executable, str(release)))
    python = compiled.interpreter(release)
    install(program, python, "sqlparse==0.5.3\niniconfig==2.1.0\n", process.run, folder=tmp_path)

    Environments(tmp_path / "environments", program, tmp_path / "site").give_compiled(release)

    assert not compiles(python, "sqlparse", apart=False)
    assert compiles(python, "iniconfig", apart=False)


def test_what_is_compiled_of_another_version_is_left_there(tmp_path: Path) -> None:
    assert compiles(made(tmp_path, "sqlparse==0.5.3\n"), "sqlparse")
    newer = made(tmp_path, "sqlparse==0.5.2\n")
    assert compiles(newer, "sqlparse")
    assert process.run((str(newer), "-c", "import sqlparse; print(sqlparse.__version__)")).output == "0.5.2"


@pytest.mark.parametrize("is_old", [False, True], ids=["as its source", "older than its source"])
def test_what_the_projects_own_environment_has_compiled_is_taken_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_old: bool
) -> None:
    here = made(tmp_path / "here", "sqlparse==0.5.3\n").parents[1]
    (packages,) = here.glob("[Ll]ib/**/site-packages")
    compileall.compile_dir(packages, quiet=2)
    source = packages / "sqlparse" / "__init__.py"
    if is_old:  # what was compiled is of the version before
        source.with_name("new.py").write_bytes(source.read_bytes())
        source.with_name("new.py").replace(source)
        os.utime(source, (1_700_000_000, 1_700_000_000))
    known = sysconfig.get_path
    monkeypatch.setattr(
        sysconfig, "get_path", lambda name, *more, **named: str(packages) if name == "purelib" else known(name, *more)
    )

    python = made(tmp_path / "site", "sqlparse==0.5.3\n", getattr(sys, "_base_executable", sys.executable))

    assert compiles(python, "sqlparse") == is_old
    of_python = Path(importlib.util.cache_from_source(json.__file__))
    assert compiles(python, "json") != of_python.is_file()
