"""A rehearsal of Fly.io where a container engine works: the Dockerfile itself is built, and the site runs in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from simple_deploy.rehearsal import images as engines
from simple_deploy.testing import Shape
from tests.rehearsal.owner import NAME, Owner, deployed_in_sight, succeeded, visit
from tests.support.images import PYTHON, Images
from tests.support.shapes import Shapes
from tests.support.visitor import Visitor
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900)]


@pytest.fixture
def owner(shapes: Shapes, images: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Owner]:
    """Somebody with buildah, and in a store of its own nothing but what Python's image is."""
    config = tmp_path / "storage.conf"
    lines = (
        '[storage]\ndriver = "overlay"',
        f'graphroot = "{tmp_path}/store"\nrunroot = "{tmp_path}/run"',
        f'[storage.options]\nadditionalimagestores = ["{images.storage}"]\n',
    )
    config.write_text("\n".join(lines), encoding="utf-8")
    env = {"CONTAINERS_STORAGE_CONF": str(config), engines.VARIABLE: "buildah"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    project = shapes.project(Shape(), tmp_path / "my site" / "blog", **env)
    project.write({".python-version": f"{PYTHON}\n"})
    project.commit("The Python of the site")
    found = Owner(project=project, platform="flyio")
    yield found
    engines.clear(found.world)


def machines(owner: Owner) -> dict[str, list[psutil.Process]]:
    """What runs in each machine."""
    started = owner.world.read().get("processes", {})
    return {
        name: [each for each in psutil.Process(known["pid"]).children(recursive=True) if each.name() == "gunicorn"]
        for name, known in started.items()
        if name.startswith("machine-")
    }


def buildah(*arguments: str) -> list[Any]:
    said = subprocess.run(["buildah", *arguments, "--json"], check=True, capture_output=True).stdout
    found: list[Any] = json.loads(said or "null") or []
    return found


def stored(tmp_path: Path) -> list[Any]:
    found: list[Any] = json.loads((tmp_path / "store/overlay-images/images.json").read_text(encoding="utf-8"))
    return found


def test_the_image_is_built_and_serves_and_nothing_of_it_is_left(owner: Owner, tmp_path: Path) -> None:
    first = deployed_in_sight(owner)
    assert "(by buildah, from the Dockerfile" in first.output
    assert "STEP 1/" in first.output and "Applying posts.0001_initial... OK" in first.output
    visit(first.result["url"], newcomer="ada")
    ((name, inside),) = machines(owner).items()
    assert inside and {each.uids().real for each in inside} == {1000}, "the site's user may change nothing"
    assert len(stored(tmp_path)) > 0

    (owner.project.root / "templates" / "404.html").write_text("changed", encoding="utf-8")
    owner.project.commit("Change a page")
    before = owner.fingerprint()
    again = succeeded(owner.deploy())
    assert Visitor(again.result["url"]).get("/there-is-no-such-page/") == (404, "changed")
    visit(again.result["url"], newcomer="grace")
    assert [*machines(owner)] != [name]
    assert len(buildah("containers")) == 1, "that of the release before is gone"

    succeeded(owner.rehearse("--rollback"))
    assert Visitor(again.result["url"]).get("/there-is-no-such-page/")[1] != "changed"

    serving = [each for machine in machines(owner).values() for each in machine]
    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
    assert stored(tmp_path) == []
    assert buildah("containers") == []
    _, alive = psutil.wait_procs(serving, timeout=PATIENCE)
    assert alive == []
    assert owner.running() == []
    assert owner.fingerprint() == before


def test_what_is_on_a_volume_stays_and_goes_with_the_app(owner: Owner, tmp_path: Path) -> None:
    sqlite = (*owner.arguments()[4:], "--database", "sqlite")
    first = succeeded(owner.rehearse(*sqlite))
    visit(first.result["url"], newcomer="ada")
    (volume,) = (owner.world.folder / "volumes" / NAME).iterdir()
    assert (volume / "db.sqlite3").stat().st_uid == 1000

    failed = owner.rehearse(*sqlite, "--scenario", "migration-fails")
    assert "--of-a-typing-mistake" in failed.output, failed
    assert Visitor(first.result["url"]).get()[0] == 200, "the release that served goes on"
    succeeded(owner.rehearse(*sqlite))
    assert Visitor(first.result["url"]).submit("/accounts/login/", username="ada", password="a-long-password-9") == 302

    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
    assert not volume.exists()
    assert (stored(tmp_path), buildah("containers")) == ([], [])
