"""The Pythons of this computer, which a landing and a whole run name at their beginning."""

from __future__ import annotations

import pytest

from run import find_uv, installed_pythons
from tests.versions.pairs import OLDEST, PAIRS


def found() -> dict[str, str]:
    """Their paths by their versions, such as ``3.13``; the oldest has its name too."""
    pythons = installed_pythons(find_uv())
    named = {f"{major}.{minor}": path for (major, minor), path in pythons.items()}
    return {**named, OLDEST: pythons[min(pythons)]}


def pytest_report_header(config: pytest.Config) -> str | None:
    if not config.getoption("landing") and not config.getoption("all_slices"):
        return None
    here = found()
    missing = [str(pair) for pair in PAIRS if pair.python not in here]
    versions = ", ".join(version for version in here if version != OLDEST)
    return f"Pythons found: {versions}" + (f"; not run: {', '.join(missing)}" if missing else "")
