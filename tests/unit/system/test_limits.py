"""A busy computer does not end a program that gets on; what hangs, or works without end, is ended."""

from __future__ import annotations

import pytest

from simple_deploy.system import limits


class Clock:
    """A clock, and a program that works a share of its time."""

    def __init__(self, share: float) -> None:
        self.now, self.share = 0.0, share

    def __call__(self) -> float:
        return self.now

    def worked(self) -> float:
        return self.now * self.share


@pytest.mark.parametrize(
    ("share", "ends"),
    [(0.0, 10), (0.002, 10), (0.25, 40), (1.0, 10), (0.03, 80)],
    ids=["waits", "hardly does anything", "gets a quarter of the processor", "works", "gets on for ever"],
)
def test_a_limit_counts_work_or_waiting_without_it(share: float, ends: int) -> None:
    clock = Clock(share)
    limit = limits.of_work(10.0, clock.worked, clock=clock)

    while not limit.is_over():
        clock.now += 1
        assert clock.now < 200

    assert ends < clock.now <= ends + 10


def test_a_limit_of_time_is_one_of_the_clock() -> None:
    clock = Clock(0.5)
    limit = limits.of_time(10.0, clock=clock)
    clock.now = 10.0
    assert not limit.is_over()
    clock.now = 10.5
    assert limit.is_over()
