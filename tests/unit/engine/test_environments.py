"""Environments that nobody uses any more are removed, whoever else removes them at the same time."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simple_deploy.engine import environments
from simple_deploy.engine.environments import Environments


def environment(folder: Path, name: str, *, minutes: int) -> Path:
    """One that was used *minutes* ago, of some hundred files."""
    made = folder / name
    for package in range(20):
        (made / "lib" / f"package{package}").mkdir(parents=True)
        for module in range(20):
            (made / "lib" / f"package{package}" / f"{module}.py").touch()
    used = time.time() - minutes * 60
    os.utime(made, (used, used))
    return made


def prune(folder: Path) -> None:
    Environments(folder, "uv", folder)._prune()


def test_the_ones_used_last_are_kept(tmp_path: Path) -> None:
    for number in range(environments.KEEP + 3):
        environment(tmp_path, f"made {number}", minutes=100 - number)
    prune(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [f"made {number}" for number in range(3, 9)]


def test_what_another_run_may_still_work_with_stays(tmp_path: Path) -> None:
    for number in range(environments.KEEP + 3):
        environment(tmp_path, f"made {number}", minutes=1)
    prune(tmp_path)
    assert len([*tmp_path.iterdir()]) == environments.KEEP + 3


def test_one_stays_as_long_as_a_project_that_uses_it_is_there(tmp_path: Path) -> None:
    mine, other, gone = (tmp_path / name for name in ("mine", "other", "gone"))
    for project in (mine, other, gone):
        project.mkdir()
    folder = tmp_path / "environments"
    used_by = {"alone": [mine], "shared": [mine, other], "left": [mine, gone], "of another": [other], "old": []}
    for name, projects in used_by.items():
        environment(folder, name, minutes=60)
        for project in projects:
            assert Environments(folder, "uv", project)._taken(folder / name)
    gone.rmdir()
    Environments(folder, "uv", mine).leave()
    assert sorted(each.name for each in folder.iterdir() if each.is_dir()) == ["of another", "old", "shared"]
    assert not Environments(folder, "uv", mine)._taken(folder / "alone"), "it has to be made again"
    Environments(folder, "uv", other).leave()
    assert sorted(each.name for each in folder.iterdir() if each.is_dir()) == ["old"]


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(3))
def test_several_runs_remove_them_at_once(tmp_path: Path, attempt: int) -> None:
    for number in range(environments.KEEP + 4):
        environment(tmp_path, f"made {number}", minutes=60)
    with ThreadPoolExecutor(6) as runs:
        for done in [runs.submit(prune, tmp_path) for _ in range(6)]:
            done.result()
    prune(tmp_path)
    assert len([*tmp_path.iterdir()]) == environments.KEEP
