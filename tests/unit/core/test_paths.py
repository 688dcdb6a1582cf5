"""A path of this computer is told from one of the repository, whichever system wrote it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from simple_deploy.core import paths

ELSEWHERE = (
    "/srv/media",
    "D:\\media",
    "D:/media",
    "d:media",
    "C:\\Users\\Zoë Müller\\blog\\media",
    "\\\\school\\homes\\zoe",
    "\\media",
)


@pytest.mark.parametrize("path", ELSEWHERE)
def test_an_absolute_path_of_any_system_lies_elsewhere(path: str) -> None:
    assert paths.is_elsewhere(path)
    assert paths.inside(path) is None


@pytest.mark.parametrize("path", ["", "../media", "blog/../../media"])
def test_what_leads_out_of_the_repository_is_not_inside(path: str) -> None:
    assert paths.inside(path) is None


@pytest.mark.parametrize("path", ["media", "blog/media", "blog/meine bilder", "."])
def test_what_is_inside_is_called_the_same_on_the_site(path: str) -> None:
    below = paths.inside(path)

    assert below == PurePosixPath(path)
    assert not isinstance(below, Path)
