"""The names of what a site is made of on Fly.io. Pure."""

from __future__ import annotations

import re

#: Small letters, digits and dashes: the name is part of the site's address.
PATTERN = "[a-z][a-z0-9-]{0,61}[a-z0-9]"
PATTERN_HELP = "Use small letters, digits and dashes; begin with a letter."

#: The volume that holds the SQLite database, and where the site finds it.
VOLUME = "data"
DATA = "/data"


def suggested(project: str) -> str:
    """A name for the app of *project* that Fly.io accepts."""
    name = re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-")
    name = name if name[:1].isalpha() else f"site-{name}".rstrip("-")
    return name[:63].rstrip("-") if len(name) > 1 else f"{name}-site"


def host(app: str) -> str:
    return f"{app}.fly.dev"


def url(app: str) -> str:
    return f"https://{host(app)}/"


def dashboard(app: str) -> str:
    """Where the app is managed."""
    return f"https://fly.io/apps/{app}"


def database(app: str) -> str:
    """The name of the app's own database server."""
    return f"{app}-db"
