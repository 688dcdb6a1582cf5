"""The wheel that people install, built once for all of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import uv

from simple_deploy.system import process
from tests.support.checkout import copy_checkout
from tests.support.shared import once


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source archive, so that nothing is in it that the archive lacks."""

    def build(folder: Path) -> None:
        checkout = str(copy_checkout(folder / "checkout"))
        process.run((uv.find_uv_bin(), "build", "--quiet", "--out-dir", str(folder / "dist"), checkout), timeout=280)

    (found,) = (once(tmp_path_factory, "wheel", build) / "dist").glob("*.whl")
    return found
