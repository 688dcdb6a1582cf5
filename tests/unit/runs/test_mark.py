"""What tells a project's folder from its copies and clones, whatever it is called."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simple_deploy.runs import mark
from simple_deploy.runs.store import FileRunStore
from tests.support.systems import needs_links


def prepared(project: Path) -> FileRunStore:
    store = FileRunStore(project / ".simple_deploy")
    store.prepare()
    return store


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    return prepared(tmp_path / "blog").root.parent


def test_each_folder_has_its_own_and_keeps_it(blog: Path, tmp_path: Path) -> None:
    kept = prepared(blog).mark
    assert kept and kept == prepared(blog).mark != prepared(tmp_path / "clone").mark
    assert FileRunStore(tmp_path / "new" / ".simple_deploy").mark == ""


def test_it_comes_along_with_a_move_and_the_next_one(blog: Path, tmp_path: Path) -> None:
    before = prepared(blog).mark
    for name in ("shop", "elsewhere"):
        blog = blog.rename(tmp_path / name)
        assert FileRunStore(blog / ".simple_deploy").mark == prepared(blog).mark == before


def test_a_copy_gets_its_own_also_after_the_original_is_gone(blog: Path, tmp_path: Path) -> None:
    of_blog = prepared(blog).mark
    copy = FileRunStore(shutil.copytree(blog, tmp_path / "copy") / ".simple_deploy")
    assert copy.mark == "", "a look at it writes nothing, and does not take it for the original"

    of_copy = prepared(tmp_path / "copy").mark
    shutil.rmtree(blog)
    assert of_blog != of_copy == prepared(tmp_path / "copy").mark


def test_folders_that_change_their_names_keep_theirs(blog: Path, tmp_path: Path) -> None:
    shop = shutil.copytree(blog, tmp_path / "shop")
    of_blog, of_shop = prepared(blog).mark, prepared(shop).mark
    blog.rename(tmp_path / "old")
    shop.rename(blog)
    assert (prepared(blog).mark, prepared(tmp_path / "old").mark) == (of_shop, of_blog)


@needs_links
def test_a_link_to_it_is_no_copy(blog: Path, tmp_path: Path) -> None:
    before = prepared(blog).mark
    now = blog.rename(tmp_path / "disk")
    blog.symlink_to(now)
    assert prepared(now).mark == prepared(blog).mark == before


def test_what_cannot_be_written_is_done_without(blog: Path) -> None:
    file = blog / ".simple_deploy" / mark.FILE
    file.unlink()
    file.mkdir()
    assert prepared(blog).mark == ""
