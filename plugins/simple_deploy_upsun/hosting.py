"""The variables that a site finds on Upsun. Pure.

Source: docs.upsun.com, "Use variables": which there are while the app is built, which while it runs, and in what shape.
While it is built there are no routes, no environment and no services.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from simple_deploy.api import Hosting, Settings, has_database
from simple_deploy_upsun.config import APP, RELATIONSHIP

HOST = "main-bvxea6i-abcdefghijklm.eu-5.platformsh.site"
FOLDER = "/app"
ENTROPY = "made-up-to-try-the-settings-and-used-nowhere-else-0123456789"


def hosting(settings: Settings) -> Hosting:
    """What the site finds, with made-up values for what Upsun makes up itself."""
    env = {"DJANGO_SETTINGS_MODULE": settings.module, "XDG_RUNTIME_DIR": "/tmp"}
    both = {**always({"name": APP}, folder=FOLDER, project="abcdefghijklm", entropy=ENTROPY), **env}
    running = site(APP, HOST, branch="main")
    given = database() if has_database(settings) else {}
    return Hosting(
        address=f"https://{HOST}/",
        site=tuple({**both, **running, "SOCKET": "/run/app.sock", **given}.items()),
        build=tuple({**both, **building()}.items()),
    )


def always(app: Mapping[str, object], *, folder: str, project: str, entropy: str) -> dict[str, str]:
    """What there is at any time. *app* is the app's own part of the configuration."""
    return {
        "PLATFORM_APPLICATION": packed(app),
        "PLATFORM_APPLICATION_NAME": str(app["name"]),
        "PLATFORM_APP_DIR": folder,
        "PLATFORM_PROJECT": project,
        "PLATFORM_PROJECT_ENTROPY": entropy,
        "PLATFORM_TREE_ID": "0" * 40,
    }


def building() -> dict[str, str]:
    """What there is besides while the app is built."""
    return {
        "CI": "true",
        "PLATFORM_CACHE_DIR": "/tmp/cache",
        "PLATFORM_OUTPUT_DIR": FOLDER,
        "PLATFORM_SOURCE_DIR": FOLDER,
    }


def site(app: str, host: str, *, branch: str) -> dict[str, str]:
    """What there is besides while the app runs at *host*, without its services."""
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
        "PLATFORM_SMTP_HOST": "",
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
