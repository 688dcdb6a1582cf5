"""Pages of Fly.io's documentation, and what its things cost, with the date both were looked at."""

from __future__ import annotations

from datetime import date

from simple_deploy.api import Link

CHECKED = date(2026, 11, 21)

DOCS = "https://fly.io/docs/"
DJANGO = f"{DOCS}django/"
INSTALL = f"{DOCS}flyctl/install/"
CONFIGURATION = f"{DOCS}reference/configuration/"
DOCKERFILE = f"{DOCS}languages-and-frameworks/dockerfile/"
MANAGED_POSTGRES = f"{DOCS}mpg/"
POSTGRES = f"{DOCS}postgres/"
VOLUMES = f"{DOCS}volumes/overview/"
SECRETS = f"{DOCS}apps/secrets/"
PRICES = f"{DOCS}about/pricing/"
DOMAINS = f"{DOCS}networking/custom-domain/"
REGIONS = f"{DOCS}reference/regions/"
STORAGE = f"{DOCS}tigris/"
ON_PUSH = f"{DOCS}launch/continuous-deployment-with-github-actions/"
BILLING = "https://fly.io/dashboard/personal/billing"

#: The five to read next.
READING = (
    Link(title="Django on Fly.io", url=DJANGO),
    Link(title="fly.toml, line by line", url=CONFIGURATION),
    Link(title="Secrets", url=SECRETS),
    Link(title="Managed Postgres", url=MANAGED_POSTGRES),
    Link(title="What Fly.io costs", url=PRICES),
)

#: US dollars a month, before the mark-up of dearer regions. Sources: fly.io/docs/about/pricing and fly.io/docs/mpg.
MACHINE_COST = "about $2 (256 MB) to $6 (1 GB) a month while it runs all the time"
SQLITE_COST = "$0.15 a month for a volume of 1 GB"
POSTGRES_COST = "about $2 a month"
MANAGED_COST = "$38 a month, and $2.80 for 10 GB"


def metrics(app: str) -> str:
    """The page with the metrics of an app, as ``fly dashboard metrics`` opens it."""
    return f"https://fly.io/apps/{app}/metrics"


def price(cost: str) -> str:
    """*cost* as a sentence, with the day on which it was seen."""
    return f"{cost[0].upper()}{cost[1:]}, seen on {CHECKED.isoformat()}."
