"""The settings of a site on Upsun. Pure.

The same variables are there on every container, with two exceptions: while the app is built, there are no routes and
no services. Sources: docs.upsun.com, "Use variables" and "Django"; for the default relationship's variables
"PostgreSQL", which leaves out DATABASE_URL, so that its parts and the older PLATFORM_RELATIONSHIPS are read as well.
"""

from __future__ import annotations

from simple_deploy.api import (
    ProjectFacts,
    Settings,
    SiteSettings,
    block_lines,
    has_database,
    project_folder,
    site_settings_block,
)
from simple_deploy_upsun import place
from simple_deploy_upsun.config import RELATIONSHIP

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
        rows.append(f'MEDIA_URL = "{kept.path}/"')
    return "\n" + block_lines(["# Uploads go to the mount, which outlives deployments.", *rows]) if rows else ""
