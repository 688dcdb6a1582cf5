"""This checkout, as a fresh clone would hold it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.repository import git

CHECKOUT = Path(__file__).resolve().parents[2]


def copy_checkout(target: Path) -> Path:
    """Copy every file that git tracks or would add, as it is in the working tree now; returns *target*."""
    for name in git(CHECKOUT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if (CHECKOUT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, target / name)
    return target
