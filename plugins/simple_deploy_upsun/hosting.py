"""What a site finds on Upsun: its variables, and the settings made of them. Pure.

Sources: docs.upsun.com, "Use variables" (which there are while the app is built, which while it runs, and in what
shape; while it is built there are no routes, no environment and no services) and "Django"; for the default
relationship's variables "PostgreSQL", which leaves out DATABASE_URL, so that its parts and the older
PLATFORM_RELATIONSHIPS are read as well.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping

from simple_deploy.api import (
    Answers,
    Hosting,
    ProjectFacts,
    Settings,
    SiteSettings,
    block_lines,
    debug_off,
    expected_variables,
    has_database,
    own_variables,
    project_folder,
    quoted,
    site_settings_block,
)
from simple_deploy_upsun import place
from simple_deploy_upsun.config import APP, RELATIONSHIP

HOST = "main-bvxea6i-abcdefghijklm.eu-5.platformsh.site"
FOLDER = "/app"
ENTROPY = "made-up-to-try-the-settings-and-used-nowhere-else-012345"  # as long as Upsun's


def hosting(settings: Settings, answers: Answers, *, there: Collection[str]) -> Hosting:
    """What the site finds, with made-up values for what Upsun makes up itself.

    :param there: the person's own variables that the project on Upsun has already.
    """
    names = read_by(settings)
    env = {"DJANGO_SETTINGS_MODULE": settings.module, "XDG_RUNTIME_DIR": "/tmp", **debug_off(names)}
    both = {**always({"name": APP}, folder=FOLDER, project="abcdefghijklm", entropy=ENTROPY), **env}
    running = site(APP, HOST, branch="main", command="exec gunicorn")
    given = database() if has_database(settings) else {}
    return Hosting(
        address=f"https://{HOST}/",
        site=tuple({**both, **running, "SOCKET": "/run/app.sock", **given}.items()),
        build=tuple({**both, **building()}.items()),
        own=expected_variables(settings, answers, names, there=there),
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


def read_by(settings: Settings | None) -> tuple[str, ...]:
    """The variables that the project's settings read, and the site gets from this computer."""
    prefixes = ("PLATFORM_", "DATABASE_", "SIMPLE_DEPLOY_", "POETRY_", "PIPENV_", "UV_", "PYTHON")
    return own_variables(settings, given=("SOCKET", "PATH", "HOME", "DJANGO_SETTINGS_MODULE"), prefixes=prefixes)


# -- the settings of the site --

_UNPACK = (
    "import base64 as _base64",
    "import json as _json",
    "from urllib.parse import urlsplit as _urlsplit",
    "",
    "def _unpacked(name):",
    '    """What Upsun says in one of its variables; nothing while the app is built."""',
    '    return _json.loads(_base64.b64decode(_os.environ.get(name) or "e30="))',
    "",
    '_addresses = [_urlsplit(each) for each in _unpacked("PLATFORM_ROUTES")]',
)
_PREFIX = f"{RELATIONSHIP.upper()}_"
_DATABASE = (
    "",
    "def _database_url():",
    '    """The address of the database, in whichever way Upsun gives it."""',
    "    from urllib.parse import quote",
    "",
    '    if "PLATFORM_ENVIRONMENT" not in _os.environ:',
    '        return "sqlite://:memory:"  # the app is being built, where there is no database',
    f'    if "{_PREFIX}URL" in _os.environ:',
    f'        return _os.environ["{_PREFIX}URL"]',
    f'    given = _unpacked("PLATFORM_RELATIONSHIPS").get("{RELATIONSHIP}", [{{}}])[0]',
    "",
    "    def part(name):",
    f'        value = _os.environ.get(f"{_PREFIX}{{name.upper()}}") or given.get(name)',
    "        if value is None:",
    f'            raise RuntimeError(f"Upsun gives no {_PREFIX}{{name.upper()}}; is the relationship there?")',
    '        return quote(str(value), safe="")',
    "",
    "    login = f\"{part('username')}:{part('password')}\"",
    "    return f\"pgsql://{login}@{part('host')}:{part('port')}/{part('path')}\"",
)


def settings_block(facts: ProjectFacts, settings: Settings) -> str:
    """The text of the block for the project's settings file."""
    database = has_database(settings)
    site = SiteSettings(
        platform="Upsun",
        condition='"PLATFORM_APPLICATION_NAME" in _os.environ',
        told_by="Upsun sets PLATFORM_APPLICATION_NAME.",
        setup=(*_UNPACK, *(_DATABASE if database else ())),
        secret_key='_env("SECRET_KEY", default="") or _env("PLATFORM_PROJECT_ENTROPY")',
        hosts="sorted({each.hostname for each in _addresses})",
        origins='sorted({f"https://{each.netloc}" for each in _addresses})',
        database_url="_database_url()" if database else None,
    )
    return site_settings_block(settings, facts.location, site) + _uploads(facts, settings)


def _uploads(facts: ProjectFacts, settings: Settings) -> str:
    """Where uploads go, as far as the project does not say it in a way that fits."""
    kept = place.uploads(facts, settings)
    rows = []
    if kept is not None and not kept.own_root:
        rows.append(f'MEDIA_ROOT = {project_folder(settings, facts.location)} / "media"')
    if kept is not None and not kept.own_url:
        rows.append(f"MEDIA_URL = {quoted(f'{kept.path}/')}")
    return "\n" + block_lines(["# Uploads go to the mount, which outlives deployments.", *rows]) if rows else ""
