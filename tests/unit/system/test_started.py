"""How a program was started, told by the program itself after it has gone to another folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simple_deploy.system import process
from tests.support.checkout import CHECKOUT

PROGRAM = f"""\
import os, sys
sys.path.insert(0, {str(CHECKOUT)!r})
from simple_deploy.system import started
os.chdir(os.path.expanduser("~"))
print(os.path.realpath(started.folder()))
print(os.path.realpath(started.program()))
"""


@pytest.mark.parametrize("typed", ["manage.py", "./manage.py", "../shop/manage.py"])
def test_a_program_knows_the_folder_it_was_started_in(typed: str, tmp_path: Path) -> None:
    told = started(tmp_path / "shop", typed, at=tmp_path / "shop")

    assert told == [tmp_path / "shop", tmp_path / "shop" / "manage.py"]


def test_a_program_that_lies_below_that_folder(tmp_path: Path) -> None:
    assert started(tmp_path / "shop", "shop/manage.py", at=tmp_path)[1] == tmp_path / "shop" / "manage.py"


def test_a_program_called_by_its_whole_path(tmp_path: Path) -> None:
    whole = tmp_path / "shop" / "manage.py"

    assert started(tmp_path / "shop", str(whole), at=tmp_path)[1] == whole


def started(project: Path, typed: str, *, at: Path) -> list[Path]:
    project.mkdir()
    (project / "manage.py").write_text(PROGRAM, encoding="utf-8")
    done = process.run((sys.executable, typed), cwd=at)
    return [Path(line) for line in done.output.split("\n") if line]
