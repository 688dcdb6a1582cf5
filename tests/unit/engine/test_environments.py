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
    Environments(folder, "uv")._prune()


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
