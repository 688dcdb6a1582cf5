"""After the build, what is written outside the mounts fails, and its path is told."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.platforms.upsun.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are Linux's")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path / "app", tmp_path / "storage")
    (made.storage / "media").mkdir(parents=True)
    made.app.mkdir()
    (made.app / "media").symlink_to(made.storage / "media")
    return made


def write(sandbox: Sandbox, path: str) -> int:
    return sandbox.sealed(("sh", "-c", f"echo text > {path}"), sandbox.app, dict(os.environ))


@pytest.mark.parametrize("path", ["debug.log", "./new", "/usr/local/new"])
def test_a_write_beside_the_code_fails_and_names_the_path(sandbox: Sandbox, path: str) -> None:
    with pytest.raises(AssertionError, match=f"{path}: Read-only file system"):
        sandbox.must(lambda: write(sandbox, path))

    assert list(sandbox.app.iterdir()) == [sandbox.app / "media"]


@pytest.mark.parametrize("path", ["media/upload.txt", "/tmp/$$"])
def test_mounts_and_the_folder_for_temporary_files_can_be_written_to(sandbox: Sandbox, path: str) -> None:
    sandbox.must(lambda: write(sandbox, f"{path} && rm {path}"))


def test_nothing_is_sealed_before(sandbox: Sandbox) -> None:
    sandbox.must(lambda: sandbox.execute(("sh", "-c", "echo text > built"), sandbox.app, dict(os.environ)))

    assert (sandbox.app / "built").read_text(encoding="utf-8") == "text\n"
