"""The files the dashboard brings along."""

from __future__ import annotations

import hashlib
import re

import pytest

from simple_deploy import assets
from simple_deploy.web.tags import ICONS

STATIC = assets.folder("static")
TEMPLATES = assets.folder("templates")


def test_nothing_lies_outside_the_apps_own_folder() -> None:
    for folder in (STATIC, TEMPLATES):
        assert [path.name for path in folder.iterdir()] == ["simple_deploy"]


def test_names_are_written_in_one_way() -> None:
    """Words are joined by hyphens; one underscore in front marks a part of a page."""
    files = [path.name for folder in (STATIC, TEMPLATES) for path in (folder / "simple_deploy").glob("*.*")]
    assert [name for name in files if not re.fullmatch(r"_?[a-z]+(-[a-z]+)*\.[a-z]+", name)] == []


def test_vendored_files_are_those_whose_checksums_were_noted() -> None:
    vendor = STATIC / "simple_deploy" / "vendor"
    noted = dict(
        re.findall(r"^\| `([\w.-]+)` \| `[\w./-]+` \| `(\w{64})` \|$", (vendor / "README.md").read_text(), re.M)
    )
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.glob("*.js")}
    assert found == noted
    assert all(re.search(r"-\d+\.\d+\.\d+\.", name) for name in found)


@pytest.mark.parametrize("path", sorted((STATIC / "simple_deploy").glob("*.*")), ids=lambda path: path.name)
def test_our_own_files_load_nothing_from_elsewhere(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert "@import" not in text


def test_templates_use_icons_that_exist() -> None:
    used = set()
    for path in TEMPLATES.rglob("*.html"):
        used |= set(re.findall(r'{% icon "([\w-]+)"', path.read_text()))
    assert used <= set(ICONS)


def test_partials_that_are_swapped_are_named_like_their_root() -> None:
    for name in ("run-head", "run-question", "run-outcome", "run-steps", "inspection"):
        source = (TEMPLATES / "simple_deploy" / f"_{name}.html").read_text()
        assert re.match(rf'<\w+[^>]* id="{name}"', source), name


def test_templates_mark_nothing_as_safe_and_hold_no_inline_code() -> None:
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text()
        assert "|safe" not in source
        assert "autoescape" not in source
        assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|javascript:", source), path
