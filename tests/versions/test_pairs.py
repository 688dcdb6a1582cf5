"""A new project is looked at, planned, deployed and undone with every Python and Django that people have.

The same on the page, in Chromium, is tests/browser/test_this_computer.py: it runs on the newest of both.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tomlkit

from tests.support.checkout import CHECKOUT
from tests.versions.newcomer import Newcomer, walk
from tests.versions.pairs import PAIRS, Pair


@pytest.mark.slow
@pytest.mark.slice(1)
@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_a_new_project_goes_the_whole_way(pair: Pair, pythons: dict[str, str], start: Callable[..., Newcomer]) -> None:
    if pair.python not in pythons:
        pytest.skip(f"Python {pair.python} is not installed: not run")
    walk(start(str(pair), pythons[pair.python], f"django=={pair.django}.*"))


def test_every_django_that_is_said_to_work_is_tried() -> None:
    settings = tomlkit.parse((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")).unwrap()
    said = {line.rpartition(" :: ")[2] for line in settings["project"]["classifiers"] if "Django :: " in line}
    assert said == {pair.django for pair in PAIRS}
