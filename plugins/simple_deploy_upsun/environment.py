"""What Upsun itself sets, while an app is built and while it runs.

Source: docs.upsun.com, "Use variables" and, for the default relationship's variables, "PostgreSQL".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

#: The app's name is fixed: whoever renames an app loses its data.
APP = "app"
RELATIONSHIP = "database"
FOLDER = "/app"


def always(app: Mapping[str, object], *, folder: str, project: str, entropy: str) -> dict[str, str]:
    """What there is at any time. *app* is the app's own part of the configuration."""
    return {
        "PLATFORM_APPLICATION": packed(app),
        "PLATFORM_APPLICATION_NAME": str(app["name"]),
        "PLATFORM_APP_DIR": folder,
        "PLATFORM_PROJECT": project,
        "PLATFORM_PROJECT_ENTROPY": entropy,
        "PLATFORM_TREE_ID": "0" * 40,
        "PLATFORM_VARIABLES": packed({}),
    }


def building() -> dict[str, str]:
    """What there is besides while the app is built."""
    return {
        "CI": "true",
        "PLATFORM_CACHE_DIR": "/tmp/cache",
        "PLATFORM_OUTPUT_DIR": FOLDER,
        "PLATFORM_SOURCE_DIR": FOLDER,
        "PLATFORM_VENDOR": "upsun",
    }


def site(app: str, host: str, *, branch: str, command: str) -> dict[str, str]:
    """What there is besides while the app runs at *host*, without its services.

    :param command: what starts it.
    """
    routes = {
        f"https://{host}/": {
            "primary": True,
            "id": None,
            "type": "upstream",
            "upstream": app,
            "original_url": "https://{default}/",
        },
        f"http://{host}/": {"primary": False, "type": "redirect", "to": f"https://{host}/"},
    }
    return {
        "PLATFORM_ENVIRONMENT": f"{branch}-bvxea6i",
        "PLATFORM_ENVIRONMENT_TYPE": "production",
        "PLATFORM_BRANCH": branch,
        "PLATFORM_ROUTES": packed(routes),
        "PLATFORM_RELATIONSHIPS": packed({}),
        "PLATFORM_APP_COMMAND": command,
        "PLATFORM_SMTP_HOST": "smtp.internal",
    }


def database() -> dict[str, str]:
    """The default database, in each way that Upsun tells of it."""
    parts = {
        "scheme": "pgsql",
        "username": "main",
        "password": "main",
        "host": f"{RELATIONSHIP}.internal",
        "port": 5432,
        "path": "main",
        "query": {"is_master": True},
        "rel": "postgresql",
    }
    prefix = RELATIONSHIP.upper()
    told = {f"{prefix}_{name.upper()}": str(value) for name, value in parts.items() if isinstance(value, (str, int))}
    url = f"pgsql://main@{RELATIONSHIP}.internal:5432/main"
    return {"PLATFORM_RELATIONSHIPS": packed({RELATIONSHIP: [parts]}), **told, f"{prefix}_URL": url}


def packed(value: object) -> str:
    """*value* as Upsun puts it into a variable: JSON in base64."""
    return base64.b64encode(json.dumps(value).encode("utf-8")).decode("ascii")
