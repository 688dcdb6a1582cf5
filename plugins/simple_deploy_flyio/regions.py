"""Where Fly.io runs sites. Data only."""

from __future__ import annotations

from collections.abc import Mapping

#: Code and place: `fly platform regions`.
REGIONS: Mapping[str, str] = {
    "ams": "Amsterdam, Netherlands",
    "arn": "Stockholm, Sweden",
    "bom": "Mumbai, India",
    "cdg": "Paris, France",
    "dfw": "Dallas, USA",
    "ewr": "Secaucus near New York, USA",
    "fra": "Frankfurt, Germany",
    "gru": "São Paulo, Brazil",
    "iad": "Ashburn, Virginia, USA",
    "jnb": "Johannesburg, South Africa",
    "lax": "Los Angeles, USA",
    "lhr": "London, United Kingdom",
    "nrt": "Tokyo, Japan",
    "ord": "Chicago, USA",
    "sin": "Singapore",
    "sjc": "San Jose, California, USA",
    "syd": "Sydney, Australia",
    "yyz": "Toronto, Canada",
}
#: Regions with Managed Postgres: fly.io/docs/mpg, August 2026.
WITH_MANAGED = ("ams", "fra", "gru", "iad", "lax", "lhr", "nrt", "ord", "sin", "sjc", "syd", "yyz")
