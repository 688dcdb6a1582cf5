"""What a site runs on: what was asked for is one that there is, and what it costs is said before."""

from __future__ import annotations

import pytest

from simple_deploy.core.errors import InvalidAnswer
from simple_deploy.platforms.sizes import Size, Sizes, counted, difference, wanted_size

CHOICES = (
    Size(name="eco", title="", cents=500, price="$5 for all"),
    Size(name="standard", title="", cents=2550, most=4),
    Size(name="huge", title="", most=2),
)


def sizes(current: str, count: int = 1) -> Sizes:
    return Sizes(current=current, count=count, choices=CHOICES, seen="2026-11", page="pond.example")


@pytest.mark.parametrize(
    ("now", "text", "name", "count"),
    [
        (sizes("eco"), "standard", "standard", 1),
        (sizes("standard", 3), "eco", "eco", 1),
        (sizes("standard", 3), "huge", "huge", 2),
        (sizes("", 0), "standard", "standard", 1),
        (sizes("eco"), " Standard:4 ", "standard", 4),
    ],
)
def test_a_size_without_a_number_keeps_as_many_as_it_can(now: Sizes, text: str, name: str, count: int) -> None:
    size, number = wanted_size(now, text)
    assert (size.name, number) == (name, count)


@pytest.mark.parametrize(
    "text", ["", "tiny", "eco:2", "standard:0", "standard:5", "standard:-1", "standard:x", "standard:²"]
)
def test_what_a_site_cannot_run_on_is_refused(text: str) -> None:
    with pytest.raises(InvalidAnswer):
        wanted_size(sizes("eco"), text)


@pytest.mark.parametrize(
    ("now", "text", "said"),
    [
        (sizes("eco"), "standard:2", "It then costs $51 a month while it runs all the time, $46 more than now."),
        (sizes("standard", 2), "eco", "It then costs $5 a month while it runs all the time, $46 less than now."),
        (sizes("eco"), "eco", "It costs as much as now: $5 a month while it runs all the time."),
        (sizes("huge"), "standard", "It then costs $25.50 a month while it runs all the time."),
        (sizes("elsewhere"), "eco", "It then costs $5 a month while it runs all the time."),
        (sizes("", 0), "eco", "It then costs $5 a month while it runs all the time."),
        (sizes("eco"), "huge", "What it costs is on pond.example."),
    ],
)
def test_the_price_and_the_difference_are_said_as_far_as_they_are_known(now: Sizes, text: str, said: str) -> None:
    assert difference(now, *wanted_size(now, text)) == said


def test_several_are_counted() -> None:
    assert [counted(each, "eco") for each in (0, 1, 2)] == ["0 × eco", "eco", "2 × eco"]
    assert [each.cost for each in CHOICES] == ["$5 for all", "$25.50 a month", ""]
