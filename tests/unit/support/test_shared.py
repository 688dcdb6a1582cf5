"""What is made once for a whole test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.shared import once


def test_it_is_made_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    made: list[Path] = []
    first = once(tmp_path_factory, "made once", made.append)
    assert once(tmp_path_factory, "made once", made.append) == first
    assert made == [first]


def test_who_comes_after_a_failure_is_told_its_reason(tmp_path_factory: pytest.TempPathFactory) -> None:
    def fail(folder: Path) -> None:
        raise OSError("No space left on the disk")

    with pytest.raises(OSError):
        once(tmp_path_factory, "never made", fail)
    with pytest.raises(pytest.fail.Exception, match="OSError: No space left on the disk"):
        once(tmp_path_factory, "never made", fail)
