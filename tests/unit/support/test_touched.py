"""What the newest commits changed, and which tests that concerns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT
from tests.support.repository import git, repository, write
from tests.support.touched import CONCERNS, changed_files, concerned, rank


def test_the_newest_commits_come_first(tmp_path: Path) -> None:
    repository(tmp_path, {"a": "1", "b": "1"})
    for name in ("b", "a", "with a space/ä"):
        write(tmp_path, {name: "2"})
        git(tmp_path, "add", "--all")
        git(tmp_path, "commit", "-m", name)
    assert changed_files(tmp_path) == ["with a space/ä", "a", "b"]
    assert changed_files(tmp_path, 1) == ["with a space/ä"]


def test_in_a_clone_of_the_newest_commit_alone_not_everything_is_new(tmp_path: Path) -> None:
    origin = repository(tmp_path / "origin", {"a": "1", "b": "1"})
    write(origin, {"a": "2"})
    git(origin, "commit", "--all", "-m", "Next")
    git(tmp_path, "clone", "--depth=1", origin.as_uri(), "clone")
    assert changed_files(tmp_path / "clone") == []


def test_without_history_nothing_is_known_to_be_new(tmp_path: Path) -> None:
    assert changed_files(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("plugins/simple_deploy_upsun/plugin.py", ["tests/platforms/upsun/", "tests/rehearsal/"]),
        ("simple_deploy/core/plan.py", ["tests/unit/core/"]),
        ("tests/web/test_access_policy.py", ["tests/web/test_access_policy.py"]),
        ("tests/web/conftest.py", ["tests/web/"]),
        ("tests/support/shared.py", []),
        ("docs/how-to/undo.md", ["tests/docs/"]),
        ("LICENSE", []),
    ],
)
def test_a_file_concerns_the_tests_of_its_layer_or_plugin(file: str, tests: list[str]) -> None:
    assert concerned([file]) == tests


def test_the_nearest_folder_counts() -> None:
    assert "tests/project/managers/" in concerned(["simple_deploy/managers/uv.py"])
    assert "tests/project/managers/" not in concerned(["simple_deploy/engine/journal.py"])


def test_the_first_beginning_of_a_name_ranks_it() -> None:
    assert rank("tests/web/test_access_policy.py::test_x", ["tests/docs/", "tests/web/", "tests/"]) == 1
    assert rank("tests/web/test_access_policy.py::test_x", ["tests/docs/"]) is None


def test_every_layer_and_plugin_concerns_tests() -> None:
    parts = [*(CHECKOUT / "simple_deploy").iterdir(), *(CHECKOUT / "plugins").iterdir()]
    folders = {f"{each.relative_to(CHECKOUT).as_posix()}/" for each in parts if (each / "__init__.py").is_file()}
    assert folders - {*CONCERNS} == set()


def test_what_is_concerned_is_there() -> None:
    named = {*CONCERNS, *(name for names in CONCERNS.values() for name in names)}
    assert [name for name in sorted(named) if not (CHECKOUT / name).exists()] == []
