"""Platforms, managers and layouts in pairs: made once, served, found again from anywhere, undone, removed.

With what tests/platforms rehearses, every pair of platform, manager and layout.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from simple_deploy.testing import Shape
from tests.attacks.claims import proves
from tests.browser.conftest import browser
from tests.rehearsal import person
from tests.rehearsal.owner import Owner, deployed_in_sight, succeeded, visit
from tests.support.repository import git
from tests.support.shapes import Shapes

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]

#: Whether uploaded files can be seen: elsewhere a site needs a storage service for them, which its plan says.
WHOLE = (
    ("heroku", Shape(layout="nested", manager="poetry"), False),
    ("flyio", Shape(manager="pipenv"), False),
    ("upsun", Shape(layout="nested", manager="uv"), True),
)
MORE = (
    ("heroku", Shape(manager="uv")),
    ("heroku", Shape(layout="nested", manager="pipenv")),
    ("upsun", Shape(manager="pipenv")),
    ("upsun", Shape(manager="poetry")),
)


def _names(value: object) -> str:
    return f"{value.manager}-{value.layout}" if isinstance(value, Shape) else str(value)


@proves(
    "A site is made on Fly.io, Heroku and Upsun, as they are played on this computer, while another user looks at the"
    " process list",
    "Neither the secret key that was made for it nor the password of its database is in any command line",
    number=21,
)
@pytest.mark.browser
@pytest.mark.parametrize(("platform", "shape", "keeps_uploads"), WHOLE, ids=_names)
def test_the_whole_way_of_a_site(
    platform: str, shape: Shape, keeps_uploads: bool, browser: Browser, shapes: Shapes, tmp_path: Path
) -> None:
    owner = Owner(project=shapes.project(shape, tmp_path / "my site" / "blog"), platform=platform)
    if platform == "flyio":
        with owner.world.change() as state:
            state["variant"] = 1  # replies in words and shapes that nobody has seen
    try:
        first = deployed_in_sight(owner)
        url = first.result["url"]
        visit(url, newcomer="ada")
        person.logs_in_and_uploads_a_picture(browser, url, name="ada", shown=keeps_uploads)
        made = owner.made
        assert {kind: len(each) for kind, each in made.items()} == {"databases": 1, "sites": 1}

        # Again, after a change: what is there is used, and holds what was in it.
        (owner.project.folder / "templates" / "404.html").write_text("changed", encoding="utf-8")
        owner.project.commit("Change a page")
        before = owner.fingerprint()
        again = succeeded(owner.deploy())
        assert (again.result["url"], owner.made) == (url, made)
        assert person.reads_a_missing_page(url) == "changed"
        visit(url, newcomer="grace")

        other = owner.somebody_else(tmp_path / "elsewhere" / "blog")
        succeeded(other.deploy_without_a_name())
        assert other.made == made
        visit(url, newcomer="joan")

        undone = owner.rehearse("--undo", "--yes", "--no-input")
        assert (undone.exit_code, undone.result["status"]) == (0, "undone"), undone
        assert git(owner.clone, "rev-parse", "HEAD^{tree}") == git(owner.project.root, "rev-parse", "HEAD^{tree}")
        _is_removed(owner, before)
    finally:
        owner.world.remove()


@pytest.mark.parametrize(("platform", "shape"), MORE, ids=_names)
def test_a_site_of_another_kind_is_made_once_and_removed(
    platform: str, shape: Shape, shapes: Shapes, tmp_path: Path
) -> None:
    owner = Owner(project=shapes.project(shape, tmp_path / "my site" / "blog"), platform=platform)
    before = owner.fingerprint()
    try:
        first = succeeded(owner.deploy())
        visit(first.result["url"], newcomer="ada")
        made = owner.made
        assert {kind: len(each) for kind, each in made.items()} == {"databases": 1, "sites": 1}

        again = succeeded(owner.deploy())
        assert (again.result["url"], owner.made) == (first.result["url"], made)
        _is_removed(owner, before)
    finally:
        owner.world.remove()


def _is_removed(owner: Owner, before: object) -> None:
    """Everything on the platform goes, and the project never changed."""
    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
    assert not any(owner.made.values()), owner.made
    assert owner.world.read()["processes"] == {}
    assert owner.running() == []
    assert owner.fingerprint() == before
