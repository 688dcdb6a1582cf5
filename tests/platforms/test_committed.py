"""What is sent to a platform has the bytes of the commit, whatever line ends git writes on this computer."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from simple_deploy_flyio.deployment import Deployment

from simple_deploy.api import Location
from simple_deploy.platforms import committed
from simple_deploy.system import starters
from simple_deploy.testing import RecordingContext, make_facts
from simple_deploy.testkit.programs import first_on_path
from tests.support.repository import git, repository

SCRIPT = b"#!/bin/sh\nexec gunicorn\n"
FILES = {"start.sh": SCRIPT, "notes.txt": b"one\ntwo\n", "logo.bin": b"\0\r\n\0"}


@pytest.fixture(params=[None, "* text=auto\n"], ids=["no attributes", "text=auto"])
def ctx(request: pytest.FixtureRequest, tmp_path: Path) -> RecordingContext:
    """A project whose files are laid out as Git for Windows does."""
    attributes = {".gitattributes": request.param} if request.param else {}
    root = repository(tmp_path / "project", {**FILES, **attributes})
    git(root, "config", "core.autocrlf", "true")
    git(root, "rm", "--quiet", "-r", "--cached", ".")
    git(root, "reset", "--quiet", "--hard")
    assert b"\r\n" in (root / "start.sh").read_bytes()
    facts = make_facts(location=Location(root=root, settings_module="mysite.settings"))
    return RecordingContext(facts, home=tmp_path / "home", workbench=root)


def test_a_folder_is_as_the_commit_is(ctx: RecordingContext) -> None:
    with committed.as_committed(ctx) as folder:
        found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".gitattributes"}
    assert found == FILES
    assert not folder.exists()
    assert git(ctx.workbench, "status", "--porcelain") == ""


def test_an_archive_is_as_the_commit_is(ctx: RecordingContext) -> None:
    committed.pack(ctx, "HEAD", ctx.home / "code.tar.gz")
    with tarfile.open(ctx.home / "code.tar.gz") as archive:
        found = archive.extractfile("start.sh")
        assert found is not None and found.read() == SCRIPT


def test_fly_sends_what_is_committed(ctx: RecordingContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "fly.py").write_text("print(open('start.sh', 'rb').read())", encoding="utf-8")
    starters.write(tmp_path / "bin", "fly", (str(tmp_path / "fly.py"),))
    for name, value in starters.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", first_on_path(tmp_path / "bin"))
    Deployment(ctx=ctx, params={"app": "notes"}).deploy()
    assert repr(SCRIPT) in "\n".join(ctx.log)
