"""The life of a site on each platform, as this computer plays it: made once, found again from anywhere, removed.

Each platform has one world, which is walked once; a function for each stage says what holds there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from simple_deploy.testing import Shape
from tests.attacks.claims import proves
from tests.browser.conftest import browser
from tests.rehearsal import person
from tests.rehearsal.owner import Owner, deployed_in_sight, succeeded, visit
from tests.rehearsal.platforms import PLATFORMS, Platform, each_platform
from tests.support.repository import git
from tests.support.shapes import Shapes
from tests.support.visitor import Visitor

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(1800)]

Begin = Callable[[Platform, Shape], Owner]
OTHERS = [(platform, shape, database) for platform in PLATFORMS for shape, database in platform.others]


@pytest.fixture
def begin(shapes: Shapes, tmp_path: Path) -> Iterator[Begin]:
    """Somebody with a project of some shape, whose platform goes away at the end."""
    owners: list[Owner] = []

    def begun(platform: Platform, shape: Shape) -> Owner:
        owner = Owner(project=shapes.project(shape, tmp_path / "my site" / "blog"), platform=platform.slug)
        owners.append(owner)
        with owner.world.change() as state:
            state["variant"] = platform.variant
        return owner

    yield begun
    for owner in owners:
        owner.world.remove()


@proves(
    "A site is made on Fly.io, Heroku and Upsun, as this computer plays them, while another user looks at the "
    "process list",
    "Neither the secret key made for it nor its database's password is on any command line",
    number=21,
)
@pytest.mark.browser
@each_platform
def test_the_life_of_a_site(platform: Platform, begin: Begin, browser: Browser, tmp_path: Path) -> None:
    owner = begin(platform, platform.shape)
    url = is_made_and_used(owner, platform, browser)
    made = platform.inventory(owner)
    is_changed(owner, platform, url, made)
    is_deployed_by_somebody_else(owner, platform, url, made, elsewhere=tmp_path / "elsewhere" / "blog")
    is_found_by_its_commits_alone(owner, platform, made)
    is_looked_after(owner, platform, url)
    is_undone_in_the_files(owner)
    is_removed(owner, platform)


def is_made_and_used(owner: Owner, platform: Platform, browser: Browser) -> str:
    """One of everything is made, nobody learns a secret, and people use the site; returns its address."""
    before = owner.fingerprint()
    url = str(deployed_in_sight(owner).result["url"])
    kind, number = platform.apps
    assert len(owner.world.read()[kind]) == number
    assert one_of_each(owner)
    assert files_with_secrets(owner) == []
    visit(url, newcomer="ada")
    person.logs_in_and_uploads_a_picture(browser, url, name="ada", shown=platform.keeps_uploads)
    platform.first_look(owner, url)
    assert owner.fingerprint() == before
    return url


def is_changed(owner: Owner, platform: Platform, url: str, made: Mapping[str, Any]) -> None:
    """A change is deployed: what is there is used, and holds what was in it."""
    (owner.project.folder / "templates" / "404.html").write_text("changed", encoding="utf-8")
    owner.project.commit("Change a page")
    before = owner.fingerprint()
    again = succeeded(owner.deploy())
    assert (again.result["url"], platform.inventory(owner)) == (url, made)
    assert person.reads_a_missing_page(url) == "changed"
    assert person.logs_in(url, name="ada")
    visit(url, newcomer="grace")
    platform.look_again(owner, again)
    assert owner.fingerprint() == before


def is_deployed_by_somebody_else(
    owner: Owner, platform: Platform, url: str, made: Mapping[str, Any], *, elsewhere: Path
) -> None:
    """Who has a fresh clone on another computer, and gives no name, deploys to the same site."""
    other = owner.somebody_else(elsewhere)
    succeeded(other.deploy_without_a_name())
    assert platform.inventory(owner) == made
    visit(url, newcomer="joan")


def is_found_by_its_commits_alone(owner: Owner, platform: Platform, made: Mapping[str, Any]) -> None:
    """Nothing would be made anew where everything else that is known about it was lost."""
    with owner.knowing_nothing():
        assert owner.plan()["creates"] == []
    assert platform.inventory(owner) == made


def is_looked_after(owner: Owner, platform: Platform, url: str) -> None:
    """It says how it does, shows its log, and goes back to an earlier release where there are any."""
    assert ("is running" if platform.releases else "answers") in succeeded(owner.rehearse("--status")).output
    assert succeeded(owner.rehearse("--logs")).log
    listed = {each: site_of(owner, f"--{each}")[each] for each in ("releases", "variables")}
    assert len(listed["releases"]) > 1 and all(each["name"] for each in listed["releases"])
    assert "SECRET_KEY" in listed["variables"] or not platform.releases, "on Upsun the platform itself has one"
    assert any("System check" in line for line in succeeded(owner.rehearse("--run", "check")).log)
    succeeded(owner.rehearse("--restart"))
    assert Visitor(url).get()[0] == 200
    has_a_domain(owner)
    has_a_variable(owner)
    has_a_size(owner, platform)
    if platform.releases:
        succeeded(owner.rehearse("--rollback"))
        assert Visitor(url).get()[0] == 200


def has_a_variable(owner: Owner) -> None:
    """A variable is set, found by a command on the site, and unset; what it is stands in no log."""
    told = owner.rehearse("--set", "MOTTO", stdin="slow-but-sure\n")
    assert "slow-but-sure" not in "\n".join(succeeded(told).log)
    assert "MOTTO" in site_of(owner, "--variables")["variables"]
    succeeded(owner.rehearse("--unset", "MOTTO"))
    assert "MOTTO" not in site_of(owner, "--variables")["variables"]


def has_a_domain(owner: Owner) -> None:
    """A domain is added, with the records to set; nobody has set them, so DNS knows none. Then it goes."""
    (domain,) = site_of(owner, "--add-domain", "www.slow-train.invalid")["domains"]
    assert (domain["name"], domain["led"]) == ("www.slow-train.invalid", "missing")
    assert all(each["value"] for each in domain["records"]) and domain["records"]
    assert site_of(owner, "--domains")["domains"] == [domain]
    assert site_of(owner, "--remove-domain", "www.slow-train.invalid")["domains"] == []


def has_a_size(owner: Owner, platform: Platform) -> None:
    """What it runs on is told with its price, and changed; where the platform can, it is backed up each day."""
    wanted = {"flyio": "1gb", "heroku": "standard-1x:2", "upsun": "1:2"}.get(platform.slug)
    if wanted is None:
        return
    before = site_of(owner, "--sizes")["sizes"]
    after = site_of(owner, "--resize", wanted, "--yes")["sizes"]
    name, _, number = wanted.partition(":")
    assert (after["current"], after["count"]) == (name, int(number or 1)) != (before["current"], before["count"])
    if platform.slug == "heroku":
        assert site_of(owner, "--daily-backups", "on")["schedule"]["when"] == "Daily at 2:00 UTC"
        assert not site_of(owner, "--daily-backups", "off")["schedule"]["is_on"]


def site_of(owner: Owner, *flags: str) -> Mapping[str, Any]:
    """What is told about the site."""
    (told,) = (each for each in succeeded(owner.rehearse(*flags)).documents if each["type"] == "site")
    return told


def is_undone_in_the_files(owner: Owner) -> None:
    undone = owner.rehearse("--undo", "--yes", "--no-input")
    assert (undone.exit_code, undone.result["status"]) == (0, "undone"), undone
    assert git(owner.clone, "rev-parse", "HEAD^{tree}") == git(owner.project.root, "rev-parse", "HEAD^{tree}")


def is_removed(owner: Owner, platform: Platform) -> None:
    """Everything on the platform goes, and the project never changed."""
    before = owner.fingerprint()
    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
    assert not any(platform.inventory(owner).values()), platform.inventory(owner)
    assert owner.world.read()["processes"] == {}
    assert owner.running() == []
    platform.last_look(owner)
    assert owner.fingerprint() == before


def one_of_each(owner: Owner) -> bool:
    return {kind: len(each) for kind, each in owner.made.items()} == {"databases": 1, "sites": 1}


def files_with_secrets(owner: Owner) -> list[Path]:
    """Files beside the simulated platform's own in which a secret can be read."""
    secrets = [value.encode() for values in owner.secrets().values() for value in values]
    kept = (path for part in owner.stage.iterdir() if part.name != "world" for path in (part, *part.rglob("*")))
    return [path for path in kept if path.is_file() and any(secret in path.read_bytes() for secret in secrets)]


def _names(value: object) -> str:
    return f"{value.manager}-{value.layout}" if isinstance(value, Shape) else str(getattr(value, "slug", value))


@pytest.mark.parametrize(("platform", "shape", "database"), OTHERS, ids=_names)
def test_a_site_of_another_kind_is_made_once_and_removed(
    platform: Platform, shape: Shape, database: str, begin: Begin
) -> None:
    owner = begin(platform, shape)
    before = owner.fingerprint()
    chosen = ("--database", database) if database else ()
    first = succeeded(owner.deploy(*chosen))
    visit(first.result["url"], newcomer="ada")
    platform.first_look(owner, first.result["url"])
    made = platform.inventory(owner)
    assert database == "sqlite" or one_of_each(owner)

    again = succeeded(owner.deploy(*chosen))
    assert (again.result["url"], platform.inventory(owner)) == (first.result["url"], made)
    is_removed(owner, platform)
    assert owner.fingerprint() == before
