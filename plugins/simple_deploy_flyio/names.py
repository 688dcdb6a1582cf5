"""The names of what a site is made of on Fly.io. Pure."""

from __future__ import annotations

#: Small letters, digits and dashes: the name is part of the site's address.
PATTERN = "[a-z][a-z0-9-]{0,61}[a-z0-9]"
LONGEST = 63
PATTERN_HELP = "Use small letters, digits and dashes; begin with a letter."

#: The volume that holds the SQLite database, and where the site finds it.
VOLUME = "data"
DATA = "/data"


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
