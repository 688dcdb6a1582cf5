"""How many examples Hypothesis makes: few each time; many for a slice of the tests in a landing, for all with --all.

`--hypothesis-profile=thorough` makes many wherever it is given. A failure is printed with what reproduces it. How long
an example takes is no failure, since the computer may be busy.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.errors import InvalidArgument

from tests.support import slices, turns

THOROUGH = "thorough"

settings.register_profile(
    "quick",
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
    print_blob=True,
)
settings.register_profile(THOROUGH, settings.get_profile("quick"), max_examples=200)
settings.load_profile("quick")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if slices.choice(config).turn is None and not config.getoption("--hypothesis-profile"):
        settings.load_profile(THOROUGH)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    choice = slices.choice(config)
    if not choice.landing or choice.turn is None:
        return
    tests = {item.nodeid.partition("[")[0]: item for item in items if item.get_closest_marker("hypothesis")}
    for name in turns.part([*tests], 1, choice.turn):
        _thorough(tests[name])


def _thorough(item: pytest.Item) -> None:
    """Have the test make many examples, unless it says itself how many."""
    function = getattr(item, "function", None)
    if function is None:
        return
    try:
        settings.get_profile(THOROUGH)(function)
    except InvalidArgument:
        return  # it has settings of its own
