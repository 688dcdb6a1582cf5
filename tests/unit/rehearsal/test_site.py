"""A site of a simulated platform, served by a real process."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_deploy.rehearsal import World, world
from simple_deploy.rehearsal.site import BuildFailed, Site, uuid

SERVE = "import http.server, os; http.server.test(http.server.SimpleHTTPRequestHandler, port=int(os.environ['PORT']))"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(World(tmp_path / "pond"), "notes", "notes.pond.example", "web-notes")
    yield found
    found.world.remove()


def test_it_serves_logs_and_is_removed(site: Site) -> None:
    (site.folder("one") / "index.html").write_text("notes", encoding="utf-8")

    assert site.serve((sys.executable, "-c", SERVE), cwd=site.folder("one"), env=site.variables())

    port = site.world.read()["sites"][site.host]["port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert answer.read() == b"notes"
    assert site.is_up
    assert any('"GET / HTTP/1.1" 200' in line for line in site.log(10))
    assert len(site.log(1)) == 1
    site.remove()
    assert not site.is_up and site.world.read()["sites"] == {}
    assert not (site.world.folder / "apps" / "notes").exists()


def test_what_does_not_listen_is_said(site: Site) -> None:
    assert not site.serve((sys.executable, "-c", "print('no')"), cwd=site.folder(), env={})
    assert not site.is_up
    assert site.log(10) == ["no"]


def test_a_scenario_has_the_build_or_the_migration_fail(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    monkeypatch.setenv(world.SCENARIO, "build-fails")
    with pytest.raises(BuildFailed):
        site.build(lambda: done.append("built"))
    monkeypatch.setenv(world.SCENARIO, "migration-fails")
    assert site.migrate(lambda: len(done)) == 1
    assert "ProgrammingError" in capsys.readouterr().out
    assert done == []


def test_only_what_is_pushed_to_a_main_branch_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = "0" * 40
    lines = [f"{nothing} {'a' * 40} refs/heads/main", f"{nothing} {'b' * 40} refs/heads/try", f"x {nothing} refs/heads/main"]  # fmt: skip

    assert Site.pushed(lines) == ["a" * 40]
    assert "refs/heads/try, skipping" in capsys.readouterr().out


def test_identifiers_stay_the_same() -> None:
    assert uuid("notes") == uuid("notes") != uuid("other")
    assert len(uuid("notes")) == 36
