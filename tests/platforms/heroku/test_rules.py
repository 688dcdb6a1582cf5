"""What the buildpack accepts and refuses, by the files of a commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_heroku import rules
from simple_deploy_heroku.simulator.buildpack import Build

from tests.support.repository import write

GOOD: dict[str, set[str]] = {
    "pip": {"requirements.txt"},
    "pipenv": {"Pipfile", "Pipfile.lock"},
    "poetry": {"pyproject.toml", "poetry.lock"},
    "uv": {"pyproject.toml", "uv.lock", ".python-version"},
    "an exported file": {"pyproject.toml", "pdm.lock", "requirements.txt"},
}


def ids(files: set[str]) -> list[str]:
    return [refusal.id for refusal in rules.refusals(files)]


@pytest.mark.parametrize("files", GOOD.values(), ids=list(GOOD))
def test_one_manager_is_accepted(files: set[str]) -> None:
    assert ids({*files, "manage.py", "Procfile"}) == []


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        ({"requirements.txt", "poetry.lock", "pyproject.toml"}, "several-managers"),
        ({"requirements.txt", "Pipfile", "Pipfile.lock"}, "several-managers"),
        ({"Pipfile"}, "no-lock"),
        ({"pyproject.toml"}, "no-lock"),
        ({"setup.py"}, "no-manager-file"),
        ({"site/requirements.txt"}, "no-manager-file"),
        ({"requirements.txt", ".venv/bin/python"}, "environment-committed"),
        ({"requirements.txt", "venv/pyvenv.cfg"}, "environment-committed"),
        ({"pyproject.toml", "uv.lock"}, "no-python-version"),
        ({"pyproject.toml", "uv.lock", ".python-version", "runtime.txt"}, "runtime-txt"),
    ],
)
def test_a_refusal_says_what_to_do(files: set[str], refusal: str) -> None:
    assert ids(files) == [refusal]
    assert all(each.fix for each in rules.refusals(files))


def test_an_environment_below_the_root_is_no_matter() -> None:
    assert ids({"requirements.txt", "site/venv/pyvenv.cfg", "venv.md"}) == []


@given(st.sets(st.sampled_from([*rules.MANAGER_FILES, "Pipfile", "pyproject.toml", ".python-version", "manage.py"])))
def test_whatever_is_not_refused_has_exactly_one_manager(files: set[str]) -> None:
    if not rules.refusals(files):
        assert len(rules.manager_files(files)) == 1


@pytest.mark.parametrize(
    ("files", "manage"),
    [
        ({"manage.py"}, "manage.py"),
        ({"site/manage.py", "other/deep/manage.py"}, "site/manage.py"),
        ({"a/b/manage.py"}, "a/b/manage.py"),
        ({"a/b/c/manage.py"}, None),
        ({"manage.py.txt"}, None),
    ],
)
def test_static_files_are_collected_with_the_manage_py_that_is_least_deep(files: set[str], manage: str | None) -> None:
    assert rules.manage_py(files) == manage


@pytest.mark.parametrize(
    ("script", "ran"),
    [
        ("#!/bin/sh\nset -e\npython web/manage.py collectstatic\n", ["python", "web/manage.py", "collectstatic"]),
        ("echo hello | tee greeting\n", ["bash", "bin/post_compile"]),
    ],
)
def test_a_hook_of_the_commit_runs_at_the_end_of_the_build(script: str, ran: list[str], tmp_path: Path) -> None:
    write(tmp_path / "app", {"requirements.txt": "", "bin/post_compile": script})
    done: list[list[str]] = []

    def execute(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> int:
        done.append([Path(argv[0]).name, *argv[1:]])
        return 0

    Build(
        tree=tmp_path / "app",
        environment=tmp_path / "environment",
        config={},
        base={},
        uv="uv",
        python="python",
        execute=execute,
        say=lambda line: None,
    )()

    assert done[-1] == ran
