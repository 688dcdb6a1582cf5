"""Whose turn it is: which part of a matrix the landing with a number tries, so that landings in a row try it all."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

#: So many landings in a row try everything, whatever share of a matrix a landing takes. It is a prime number, so that
#: landings of two, three or four commits each come to every part as well.
PERIOD = 7


def part(names: Sequence[str], share: int, turn: int, *, always: Collection[str] = ()) -> set[str]:
    """The names that have their turn.

    They are taken from a fixed, shuffled order, each time where the time before ended, or a little earlier: the seven
    places where a landing may begin are spread evenly over the order, and its part reaches from one to the next.

    :param share: how many a landing takes; as many more as it needs to come round in :data:`PERIOD` landings.
    :param turn: number of the landing.
    :param always: names that have their turn in every landing; they count.
    """
    rest = sorted((name for name in names if name not in always), key=lambda name: (_rank(name), name))
    if not rest:
        return {*names}
    length = min(len(rest), max(share - len(always), -(-len(rest) // PERIOD)))
    stride = max(1, min(PERIOD - 1, PERIOD * length // len(rest)))
    start = turn * stride % PERIOD * len(rest) // PERIOD
    return {*always, *(rest[(start + step) % len(rest)] for step in range(length))}


def landings(names: Sequence[str], share: int, *, always: Collection[str] = ()) -> int:
    """How many landings in a row it takes, at most, until every name has had its turn."""
    parts = [part(names, share, turn, always=always) for turn in range(PERIOD)]
    for count in range(1, PERIOD + 1):
        if all(
            {name for step in range(count) for name in parts[(first + step) % PERIOD]} >= {*names}
            for first in range(PERIOD)
        ):
            return count
    raise AssertionError(f"{PERIOD} landings do not come round")


def _rank(name: str) -> bytes:
    """Its place in the order: of parametrizations by their parameters alone, so that tests of the same parameters take
    the same ones in a landing, and what was made for one of them serves the others."""
    name = name.partition("[")[2] or name
    return hashlib.blake2b(name.encode(), digest_size=8).digest()
