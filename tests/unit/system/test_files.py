"""Renaming and removing, also where somebody holds a file, a path is long, or a folder leads elsewhere."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simple_deploy.system import files
from tests.support.systems import not_under_wine

NEEDS_LINKS = not_under_wine("Wine makes no junctions")


class Held:
    """An action that fails *times* times, with *error*."""

    def __init__(self, times: int, error: OSError) -> None:
        self.left, self.error, self.asked = times, error, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "held"), OSError(errno.ENOTEMPTY, "not empty yet")])
def test_what_somebody_holds_for_a_moment_is_tried_again(error: OSError) -> None:
    act = Held(2, error)

    assert files.patiently(act, pauses=(0, 0, 0)) == "done"
    assert act.asked == 3


def test_patience_ends_and_the_reason_is_told() -> None:
    act = Held(9, PermissionError(errno.EACCES, "held"))

    with pytest.raises(PermissionError, match="held"):
        files.patiently(act, pauses=(0, 0))
    assert act.asked == 3


@pytest.mark.parametrize("error", [FileExistsError(), FileNotFoundError(), OSError(errno.ENOSPC, "full")])
def test_what_no_waiting_helps_against_is_told_at_once(error: OSError) -> None:
    act = Held(1, error)

    with pytest.raises(type(error)):
        files.patiently(act, pauses=(0, 0))
    assert act.asked == 1


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        (r"C:\Users\Zoë\blog", r"\\?\C:\Users\Zoë\blog"),
        ("C:/Users/Zoë/blog", r"\\?\C:\Users\Zoë\blog"),
        (r"\\school\homes\zoe", r"\\?\UNC\school\homes\zoe"),
        (r"\\?\C:\Users", r"\\?\C:\Users"),
    ],
)
def test_windows_takes_a_path_of_any_length(path: str, longest: str) -> None:
    assert files.any_length(path) == longest


def status(mode: int, **more: Any) -> Any:
    return SimpleNamespace(st_mode=mode, **more)


def test_a_junction_and_a_link_are_no_folders_of_their_own() -> None:
    folder = stat.S_IFDIR | 0o777

    assert files.is_own_folder(status(folder))
    assert files.is_own_folder(status(folder, st_reparse_tag=0))
    assert files.is_own_folder(status(folder, st_reparse_tag=0x9000601A))  # a folder that OneDrive keeps
    assert not files.is_own_folder(status(folder, st_reparse_tag=0xA0000003))  # a junction
    assert not files.is_own_folder(status(stat.S_IFLNK | 0o777, st_reparse_tag=0xA000000C))
    assert not files.is_own_folder(status(stat.S_IFREG | 0o644))


@NEEDS_LINKS
def test_a_tree_is_removed_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    other, tree = tmp_path / "other", tmp_path / "tree"
    for file in (other / "kept", tree / "a" / "b" / "file", tree / "a" / "read-only"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x", encoding="utf-8")
    (tree / "a" / "read-only").chmod(0o400)
    lead(tree / "a" / "elsewhere", other)

    files.remove_tree(tree)
    files.remove_tree(tree)

    assert not os.path.lexists(tree)
    assert (other / "kept").read_text(encoding="utf-8") == "x"


@NEEDS_LINKS
@pytest.mark.parametrize("full", ["", "project/.state/runs", "project"])
def test_empty_folders_go_and_none_above_the_topmost(tmp_path: Path, full: str) -> None:
    deepest = tmp_path / "projects" / "project" / ".state" / "runs" / "7"
    deepest.mkdir(parents=True)
    if full:
        (tmp_path / "projects" / full / "file").touch()
    files.remove_empty(deepest, tmp_path / "projects" / "project")
    assert not deepest.exists()
    assert (tmp_path / "projects").is_dir()
    assert (tmp_path / "projects" / "project").exists() is bool(full)


def test_a_link_is_removed_by_itself(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    lead(tmp_path / "link", tmp_path / "other")

    files.remove_tree(tmp_path / "link")

    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_a_tree_deeper_than_a_usual_path_may_be_is_removed(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    deepest = tree.joinpath(*["a-folder-with-a-long-name"] * 12)
    Path(files.any_length(deepest) if sys.platform == "win32" else deepest).mkdir(parents=True)

    files.remove_tree(tree)

    assert not tree.exists()


def lead(link: Path, target: Path) -> None:
    """A junction on Windows, where links take a right that most people lack."""
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(target), str(link))
    else:
        link.symlink_to(target, target_is_directory=True)
