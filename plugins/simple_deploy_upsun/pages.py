"""Pages of Upsun's documentation."""

from __future__ import annotations

from simple_deploy.api import Link

_DOCS = "https://docs.upsun.com"

DJANGO = f"{_DOCS}/get-started/stacks/django.html"
PACKAGES = f"{_DOCS}/languages/python/dependencies.html"
CLI = f"{_DOCS}/administration/cli.html"
TOKENS = f"{_DOCS}/administration/cli/api-tokens.html"
APP = f"{_DOCS}/create-apps.html"
HOOKS = f"{_DOCS}/create-apps/hooks/hooks-comparison.html"
POSTGRESQL = f"{_DOCS}/add-services/postgresql.html"
VARIABLES = f"{_DOCS}/development/variables.html"
RESOURCES = f"{_DOCS}/manage-resources.html"
DOMAINS = f"{_DOCS}/domains/steps.html"
ORGANIZATIONS = f"{_DOCS}/administration/organizations.html"
FIXED = "https://fixed.docs.upsun.com/guides/django.html"
PRICES = "https://upsun.com/pricing/"
CONSOLE = "https://console.upsun.com"

READ_NEXT = (
    Link(title="Django on Upsun: Upsun's own guide", url=DJANGO),
    Link(title="How an app is configured", url=APP),
    Link(title="Variables", url=VARIABLES),
    Link(title="Resources: more or less CPU, memory and disk", url=RESOURCES),
    Link(title="Prices", url=PRICES),
)
