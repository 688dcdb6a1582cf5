"""What things cost on a platform, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The prices of one platform.

    :param seen: when they were last seen, for example ``2026-05``. :param page: where today's are.
    :param items: the price of each thing, in words.
    """

    seen: str
    page: str
    items: Mapping[str, str]

    def of(self, item: str) -> str:
        """The price of *item* with the date, or where to look it up."""
        price = self.items.get(item)
        return f"{price}, as seen {self.seen}" if price else f"see {self.page}"
