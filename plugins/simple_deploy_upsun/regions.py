"""Where Upsun runs sites. Data only."""

from __future__ import annotations

#: Where Upsun runs sites: the list of regions in its documentation, 2026-11-21. An organization may be allowed fewer.
REGIONS = {
    "eu-5": "Sweden, AWS",
    "eu": "Ireland, AWS",
    "ch-1": "Switzerland, Google",
    "de-2": "Germany, Google",
    "fr-3": "France, OVH",
    "fr-4": "France, Azure",
    "uk-1": "United Kingdom, Google",
    "us": "United States, East, AWS",
    "us-2": "United States, East, AWS (2)",
    "us-3": "United States, West, Azure",
    "us-4": "United States, East, Google",
    "ca-1": "Canada, AWS",
    "au": "Australia, AWS",
    "au-2": "Australia, Azure",
}
