"""Checkouts of every kind: no branch, a branch that differs from the platform's, a linked worktree, no commit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simple_deploy.core.findings import Level
from tests.field.shop import Shop
from tests.field.traits import trait

pytestmark = [pytest.mark.slow, pytest.mark.slice(1)]


def detached(shop: Shop, folder: Path) -> Shop:
    shop.git("checkout", "--quiet", "--detach")
    return shop


def of_a_feature(shop: Shop, folder: Path) -> Shop:
    shop.git("switch", "--quiet", "--create", "feature/new-shop")
    return shop


def beside(shop: Shop, folder: Path) -> Shop:
    shop.git("worktree", "add", "--quiet", "-b", "beside", str(folder))
    return Shop(root=folder, env=shop.env)


@trait(
    "moredip/heroku-headless#12, himynameisjonas/heroku-deployer#9",
    "No branch is checked out, or one whose name differs from the platform's, or one in a linked worktree (git "
    "worktree)",
    "The checked-out commit is deployed and committed to, and nothing else is touched; undo restores it",
)
@pytest.mark.parametrize("checkout", [detached, of_a_feature, beside])
def test_what_is_checked_out_is_deployed(shop: Shop, tmp_path: Path, checkout: Callable[[Shop, Path], Shop]) -> None:
    here = checkout(shop, tmp_path / "goods shop 2")
    before, files = here.git("rev-parse", "HEAD"), here.fingerprint()
    branch = here.git("branch", "--show-current")

    done = here.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    try:
        assert done.exit_code == 0, done.output
        assert here.git("rev-parse", "HEAD^") == before
        assert (here.git("branch", "--show-current"), here.git("status", "--porcelain")) == (branch, "")
        assert shop.git("rev-parse", "main") == before
        undone = here.deploy("--undo", "--yes", "--no-input")
        assert undone.exit_code == 0, undone.output
        assert (here.fingerprint(), here.git("status", "--porcelain")) == (files, "")
    finally:
        here.deploy("--destroy", "--platform", "local", "--yes", "--no-input")


@trait(
    "own",
    "No branch is checked out, and the platform is deployed to by push",
    "A warning that a commit is easily lost there; the plan is offered",
)
def test_a_plan_without_a_branch(shop: Shop, tmp_path: Path) -> None:
    found = detached(shop, tmp_path).look()["git.detached"]
    assert found.level is Level.WARNING and "git switch" in found.fix
    planned = shop.deploy("--plan", "--platform", "heroku", "--yes", "--no-input")
    assert planned.exit_code == 0, planned.output


@trait(
    "own",
    "The repository was made with `git init`, and nothing was committed (an unborn HEAD)",
    "A blocker with a fix that makes the first commit; then the project is deployed, and undone",
)
def test_a_repository_without_a_commit(shop: Shop, tmp_path: Path) -> None:
    shop.git("checkout", "--quiet", "--orphan", "fresh")
    shop.git("rm", "-r", "--quiet", "--cached", ".")
    blocked = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    assert blocked.exit_code == 3 and "The repository has no commit yet." in blocked.output

    fixed = shop.deploy("--fix", "first-commit", "--yes", "--no-input")
    assert fixed.exit_code == 0, fixed.output
    first, files = shop.git("rev-parse", "HEAD"), shop.fingerprint()
    done = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    try:
        assert done.exit_code == 0, done.output
        assert shop.git("rev-parse", "HEAD^") == first
        assert shop.deploy("--undo", "--yes", "--no-input").exit_code == 0
        assert shop.fingerprint() == files
    finally:
        shop.deploy("--destroy", "--platform", "local", "--yes", "--no-input")
