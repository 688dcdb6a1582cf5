"""Names of files that only some systems find."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.inspection.probe_child.misnamed import Folders
from tests.support.repository import write


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    write(tmp_path, {"first/blog/Home.html": "", "second/blog/home.html": "", "second/img/LOGO.png": ""})
    return Folders([str(tmp_path / "first"), str(tmp_path / "second"), str(tmp_path / "gone")])


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("img/logo.png", "img/LOGO.png"),
        ("IMG/LOGO.png", "img/LOGO.png"),
        ("img\\LOGO.png", "img/LOGO.png"),
        ("blog\\Home.html", "blog/Home.html"),
    ],
)
def test_a_name_in_another_spelling(name: str, file: str, folders: Folders) -> None:
    assert folders.spelling(name) == file


@pytest.mark.parametrize("name", ["img/LOGO.png", "blog/home.html", "blog/Home.html"])
def test_a_name_in_the_spelling_of_a_file(name: str, folders: Folders) -> None:
    assert folders.spelling(name) == ""


@pytest.mark.parametrize("name", ["img/other.png", "LOGO.png", "", "/img/logo.png", "../first/blog/home.html", "img"])
def test_a_name_of_no_file(name: str, folders: Folders) -> None:
    assert folders.spelling(name) == ""
