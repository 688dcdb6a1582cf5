"""What things cost. Pure.

Source: api-evangelist's file of Heroku's plans, generated 2026-05-04; heroku.com/pricing was not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Month in which prices were last seen; heroku.com/pricing has today's.
SEEN = "2026-05"

_DYNOS: Mapping[str, str] = MappingProxyType(
    {"eco": "$5 a month for the Eco dynos of all your apps", "basic": "$7 a month"}
)
_DATABASES: Mapping[str, str] = MappingProxyType({"essential-0": "$5 a month"})
_UNKNOWN = "see heroku.com/pricing"


def of_dynos(size: str) -> str:
    """The price of one dyno of this size, in words."""
    return _dated(_DYNOS.get(size))


def of_database(plan: str) -> str:
    """The price of a database of this plan, in words."""
    return _dated(_DATABASES.get(plan))


def _dated(price: str | None) -> str:
    return f"{price}, as seen {SEEN}" if price else _UNKNOWN
