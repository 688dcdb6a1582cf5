"""What each platform makes of the sample project is what somebody has read and found right."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.testing import Shape
from tests import golden
from tests.golden import CELLS, FOLDER, Samples


@pytest.mark.parametrize(("slug", "shape"), CELLS, ids=[f"{slug}: {shape}" for slug, shape in CELLS])
def test_a_tree_is_as_it_was_reviewed(slug: str, shape: Shape, samples: Samples, tmp_path: Path) -> None:
    made = golden.text(slug, shape, samples, tmp_path / "tree")

    reviewed = golden.golden(slug, shape).read_text(encoding="utf-8")
    assert made == reviewed, "If the change is meant, run `python -m tests.golden` and read what git shows."


def test_every_tree_belongs_to_a_platform() -> None:
    assert set(FOLDER.rglob("*.txt")) == {golden.golden(slug, shape) for slug, shape in CELLS}
