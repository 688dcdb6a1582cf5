"""Blocks that earlier versions of the tool wrote, each with all that a site needs, become the short ones of today."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from simple_deploy import conf
from simple_deploy.core.facts import Location
from simple_deploy.core.steps import EditBlock
from simple_deploy.edits.blocks import put_block, read_blocks
from simple_deploy.edits.errors import EditError
from simple_deploy.engine import renewal
from simple_deploy.platforms.production import FIRST_BLOCK, LAST_BLOCK
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from simple_deploy.testing import Shape, write_shape
from tests.platforms.test_effective_settings import BODIES, EARLIER, FIRST, LAST, SITES, SOURCE, loaded, together
from tests.support.repository import fingerprint, git, repository

FORMS = ("oldest", "last")
MINE = "\n# My own.\nSECURE_HSTS_SECONDS = 31536000\n"


def earlier(slug: str, form: str) -> str:
    """The body of such a block; there is only one form for a server of one's own."""
    text = (EARLIER / f"{slug}-{'last' if slug == 'vps' else form}.txt").read_text(encoding="utf-8")
    found = read_blocks(text)[slug]
    return found.body


def with_earlier(slugs: Sequence[str], form: str = "last", text: str = SOURCE) -> str:
    for slug in slugs:
        text = put_block(text, slug, earlier(slug, form))
    return text


def new(slugs: Sequence[str]) -> dict[str, tuple[EditBlock, ...]]:
    """What the platforms' plans put into the settings of the sample project today."""

    def block(name: str, text: str) -> EditBlock:
        return EditBlock(id=name, title="…", why="…", path="blog/settings.py", block_id=name, text=text)

    shared = (block(FIRST_BLOCK, FIRST), block(LAST_BLOCK, LAST))
    return {slug: (*shared, block(slug, BODIES[slug])) for slug in slugs}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("slugs", [*((slug,) for slug in SITES), ("upsun", "local", "vps")], ids=" ".join)
def test_they_become_what_a_project_without_them_would_get(slugs: tuple[str, ...], form: str) -> None:
    assert renewal.shortened(with_earlier(slugs, form), new(slugs)) == together(slugs)


def test_a_platform_joins_those_that_have_short_ones_already() -> None:
    text = put_block(together(["heroku"]), "flyio", earlier("flyio", "last"))
    assert renewal.shortened(text, new(["flyio"])) == together(["heroku", "flyio"])


@pytest.mark.parametrize("slug", SITES)
def test_what_its_owner_wrote_below_a_block_still_counts_more(slug: str) -> None:
    text = with_earlier([slug]) + MINE
    after = renewal.shortened(text, new([slug]))
    assert after == together([slug]) + MINE
    assert loaded(after, SITES[slug][0])["SECURE_HSTS_SECONDS"] == 31536000


def test_lines_of_its_owner_between_two_blocks_are_named_and_nothing_is_moved() -> None:
    text = with_earlier(["heroku"], text=with_earlier(["flyio"]) + MINE)
    with pytest.raises(EditError, match="is your own and stands between two blocks") as caught:
        renewal.shortened(text, new(["flyio", "heroku"]))
    assert caught.value.line == text.splitlines().index("SECURE_HSTS_SECONDS = 31536000") + 1


def test_a_block_for_another_database_than_is_known_here_is_left_alone() -> None:
    """Whether a site of this computer has PostgreSQL is found by asking, which nobody does here."""
    body = earlier("local", "last").replace('_env("SIMPLE_DEPLOY_DATA")', '_env("DATABASE_URL")')
    with pytest.raises(EditError, match='The block "local" reads DATABASE_URL'):
        renewal.shortened(put_block(SOURCE, "local", body), new(["local"]))


# -- a whole project --


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "blog"
    write_shape(root, Shape(), run=process.run)
    return repository(root, {})


def service_of(project: Path) -> Service:
    home = project.with_name("home")
    folders = {"SIMPLE_DEPLOY_DATA_DIR": str(home / "data"), "SIMPLE_DEPLOY_CACHE_DIR": str(home / "cache")}
    return Service(Location(root=project), conf.load(folders))


def commit(project: Path, text: str) -> Path:
    settings = project / "blog" / "settings.py"
    settings.write_text(text, encoding="utf-8", newline="\n")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "Deployed by an earlier version")
    return settings


def done(service: Service, run: Run) -> Run:
    ended = service.execute(run.id)
    assert ended.state is RunState.SUCCEEDED, ended.error
    return ended


@pytest.mark.slow
def test_undo_brings_them_back_byte_for_byte(project: Path) -> None:
    text = with_earlier(["local", "flyio"], "oldest") + MINE
    settings, service = commit(project, text), service_of(project)
    before, tree = fingerprint(project), git(project, "rev-parse", "HEAD^{tree}")
    found = {each.id: each for each in service.inspection().findings}["settings.earlier-blocks"]
    assert found.fix_name == renewal.FIX
    assert "Fly.io" in found.title and fingerprint(project) == before

    fixed = done(service, service.create_fix(renewal.FIX, {}))
    after = settings.read_text(encoding="utf-8")
    assert set(read_blocks(after)) == {FIRST_BLOCK, "local", "flyio", LAST_BLOCK}
    assert after.endswith(MINE) and git(project, "status", "--porcelain") == ""
    assert "settings.earlier-blocks" not in {each.id for each in service.inspection(fresh=True).findings}

    done(service, service.create_undo(fixed.id))
    assert fingerprint(project) == before
    assert git(project, "rev-parse", "HEAD^{tree}") == tree


@pytest.mark.slow
@pytest.mark.parametrize("before", ["", "export MINE=1\n"], ids=["no file", "the owner's file"])
def test_a_file_that_the_short_ones_rely_on_comes_with_them_and_goes_with_undo(project: Path, before: str) -> None:
    """What the earlier block did by itself, it does with lines in another file today."""
    beside = project / ".environment"
    if before:
        beside.write_text(before, encoding="utf-8", newline="\n")
    commit(project, with_earlier(["upsun"]))
    service = service_of(project)
    as_it_was = fingerprint(project)
    assert "+" in service.describe_fix(renewal.FIX).diff.partition("+++ b/.environment")[2]

    fixed = done(service, service.create_fix(renewal.FIX, {}))
    text = beside.read_text(encoding="utf-8")
    assert text.startswith(before) and "DATABASE_URL" in read_blocks(text, python=False)["upsun"].body
    assert git(project, "status", "--porcelain") == ""

    done(service, service.create_undo(fixed.id))
    assert fingerprint(project) == as_it_was


@pytest.mark.slow
def test_a_block_that_its_owner_edited_stays_as_it_is_and_is_named(project: Path) -> None:
    text = with_earlier(["heroku", "flyio"]).replace('default=[".herokuapp.com"]', 'default=["mine.example"]')
    settings, service = commit(project, text), service_of(project)
    found = {each.id: each for each in service.inspection().findings}["settings.earlier-blocks"]
    assert "in the block of heroku" in found.fix and found.fix_name == renewal.FIX

    done(service, service.create_fix(renewal.FIX, {}))
    blocks = read_blocks(settings.read_text(encoding="utf-8"))
    assert blocks["heroku"].edited and "mine.example" in blocks["heroku"].body
    assert list(blocks) == ["heroku", FIRST_BLOCK, "flyio", LAST_BLOCK]
    left = {each.id: each for each in service.inspection(fresh=True).findings}["settings.earlier-blocks"]
    assert left.fix_name is None
