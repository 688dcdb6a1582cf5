"""What the settings of a project need to run as a site of this computer."""

from __future__ import annotations

import json
from collections.abc import Mapping

from simple_deploy.api import (
    Database,
    Settings,
    SiteSettings,
    engine_rows,
    has_database,
    kept_rows,
    postgres_rows,
    quoted,
    uses_static_files,
    uses_uploads,
)
from simple_deploy_local.sites import database_files

_SQLITE = "django.db.backends.sqlite3"


def is_file(database: Database) -> bool:
    """Whether it is one file (SQLite or SpatiaLite)."""
    return database.is_sqlite


def sqlite_aliases(settings: Settings, *, postgres: bool) -> tuple[str, ...]:
    """Aliases of the databases that are files in the site's data folder."""
    if not has_database(settings):
        return ()
    own = [each.alias for each in settings.databases if is_file(each) and each.alias != "default"]
    return tuple(own) if postgres else ("default", *own)


def site_settings(settings: Settings, *, postgres: bool, immediate: bool = True) -> SiteSettings:
    """What a project with these *settings* needs.

    :param immediate: Django can begin SQLite's transactions as writing ones, which it can since 5.1.
    """
    return SiteSettings(
        platform="this computer",
        condition='_os.environ.get("SIMPLE_DEPLOY_PLATFORM") == "local"',
        told_by="Deploying sets these variables.",
        setup=(
            "# Browsers share cookies between ports. With a name of its own the login of runserver stays apart.",
            'SESSION_COOKIE_NAME = "sessionid_" + _os.environ["SIMPLE_DEPLOY_SITE"]',
            *_database(settings, postgres=postgres, immediate=immediate),
            *_files(settings),
        ),
        hosts='["localhost", "127.0.0.1", "[::1]"]',
        origins='_os.environ["CSRF_TRUSTED_ORIGINS"].split(",")',
        database_url=None,
        redis_url="None",
        http="True",
    )


def _database(settings: Settings, *, postgres: bool, immediate: bool) -> list[str]:
    aliases = sqlite_aliases(settings, postgres=postgres)
    default = settings.default_database
    rows = []
    if not settings.has_setting("DATABASES") and (postgres or aliases):
        # Those of this computer may stand in a module that is not committed.
        engines = {each.alias: {"ENGINE": each.engine} for each in settings.databases if each.alias in aliases}
        own = '**globals().get("DATABASES", {})'
        rows.append(f"DATABASES = {{{', '.join([*_entries({'default': {}, **engines}), own])}}}")
    kept, address = kept_rows(settings), '_Env.db_url_config(_os.environ["DATABASE_URL"])'
    if postgres:
        rows += [
            "# The PostgreSQL database whose address was given when deploying.",
            "from environ import Env as _Env",
            "",
            *kept,
            f'DATABASES["default"] = {f"{{**_kept, **{address}}}" if kept else address}',
            *engine_rows(settings),
            *postgres_rows(settings),
        ]
    if not aliases:
        return rows
    names, folder = database_files(aliases), '_Path(_os.environ["SIMPLE_DEPLOY_DATA"])'
    others = [alias for alias in aliases if alias != "default"]
    rows.append("# Databases live in a folder that outlives releases.")
    if others:
        rows.append(f"_data = {folder}")
        folder = "_data"
    if "default" in aliases:
        if default is None or not is_file(default):
            engine = default.own_engines.get(_SQLITE, _SQLITE) if default is not None else _SQLITE
            rows += [*kept, f'DATABASES["default"] = {{{"**_kept, " if kept else ""}"ENGINE": {quoted(engine)}}}']
        options = '"timeout": 20, "transaction_mode": "IMMEDIATE"' if immediate else '"timeout": 20'
        rows += [
            '# Several requests at once: wait for each other instead of failing with "database is locked".',
            f'_options = {{{options}, **DATABASES["default"].get("OPTIONS", {{}})}}',
            f'DATABASES["default"] |= {{"NAME": {folder} / {quoted(names["default"])}, "OPTIONS": _options}}',
        ]
    rows += [f'DATABASES[{quoted(alias)}]["NAME"] = {folder} / {quoted(names[alias])}' for alias in others]
    return rows


def _entries(databases: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The entries of a dictionary, as the block has them."""
    return [f"{quoted(alias)}: {json.dumps(entry)}" for alias, entry in databases.items()]


def _files(settings: Settings) -> list[str]:
    """Static and uploaded files."""
    static, media = '_Path(_os.environ["SIMPLE_DEPLOY_STATIC"])', '_Path(_os.environ["SIMPLE_DEPLOY_MEDIA"])'
    if not uses_uploads(settings):
        return [f"_static = {static}"] if uses_static_files(settings) else []
    return [
        "# Uploaded files outlive releases too. The application server hands them out, since Django does not.",
        *([] if settings.media_url else ['MEDIA_URL = "media/"']),
        f"_static, MEDIA_ROOT = {static}, {media}" if uses_static_files(settings) else f"MEDIA_ROOT = {media}",
    ]
