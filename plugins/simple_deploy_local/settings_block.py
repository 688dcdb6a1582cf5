"""The block of settings that makes a project run as a site of this computer."""

from __future__ import annotations

from simple_deploy.api import (
    Database,
    Settings,
    address_rows,
    block_lines,
    debug_rows,
    engine_rows,
    has_database,
    logging_rows,
    mail_rows,
    postgres_rows,
    quoted,
    silenced_rows,
    static_rows,
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


def settings_block(settings: Settings, *, postgres: bool, immediate: bool = True) -> str:
    """The block for a project with these *settings*. Only what they need is in it.

    :param immediate: Django can begin SQLite's transactions as writing ones, which it can since 5.1.
    """
    paths = ["from pathlib import Path as _Path", ""] if sqlite_aliases(settings, postgres=postgres) else []
    parts = [
        f"{_HEAD}{block_lines(paths)}{_CORE}",
        block_lines(_http_rows(settings)),
        block_lines(debug_rows(settings)),
        _database(settings, postgres=postgres, immediate=immediate),
        block_lines(static_rows(settings, '_env("SIMPLE_DEPLOY_STATIC")')) if uses_static_files(settings) else "",
        _uploads(settings) if uses_uploads(settings) else "",
        block_lines(address_rows(settings)),
        block_lines(mail_rows(settings)),
        block_lines(logging_rows(settings)),
    ]
    return "\n".join(part for part in parts if part)


_HEAD = """\
# A production-like site on this computer. Deploying sets these variables; without them this block does nothing.
import os as _os

if _os.environ.get("SIMPLE_DEPLOY_PLATFORM") == "local":
"""
_CORE = """\
    import environ as _environ

    _env = _environ.Env()

    DEBUG = False
    SECRET_KEY = _env("SECRET_KEY")  # made at the first deployment, kept outside the repository
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    CSRF_TRUSTED_ORIGINS = _env.list("CSRF_TRUSTED_ORIGINS")
"""


def _http_rows(settings: Settings) -> list[str]:
    """Plain http, and a login of the site's own."""
    insisting = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    may = [name for name in insisting if settings.has_setting(name) is not False]
    hsts = settings.has_setting("SECURE_HSTS_SECONDS") is not False
    return [
        "# Only this computer can reach the site, so plain http is right: nothing may insist on https.",
        *([f"{' = '.join(may)} = False"] if may else []),
        *(["SECURE_HSTS_SECONDS = 0"] if hsts else []),
        *silenced_rows(settings, "security.W004", "security.W008", "security.W012", "security.W016"),
        "",
        "# Browsers share cookies between ports. With a name of its own the login of runserver stays apart.",
        "SESSION_COOKIE_NAME = f\"sessionid_{_env('SIMPLE_DEPLOY_SITE')}\"",
    ]


def _database(settings: Settings, *, postgres: bool, immediate: bool) -> str:
    aliases = sqlite_aliases(settings, postgres=postgres)
    default = settings.default_database
    rows = []
    if postgres:
        rows += [
            "# The PostgreSQL database whose address was given when deploying.",
            'DATABASES["default"] = _env.db("DATABASE_URL")',
            *engine_rows(settings),
            *postgres_rows(settings),
        ]
    folder = '_Path(_env("SIMPLE_DEPLOY_DATA"))'
    if aliases:
        rows.append("# Databases live in a folder that outlives releases.")
    if len(aliases) > 1:
        rows.append(f"_data = {folder}")
        folder = "_data"
    if "default" in aliases and (default is None or not is_file(default)):
        engine = default.own_engines.get(_SQLITE, _SQLITE) if default is not None else _SQLITE
        rows.append(f'DATABASES["default"] = {{"ENGINE": {quoted(engine)}}}')
    names = database_files(aliases).items()
    rows += [f'DATABASES[{quoted(alias)}]["NAME"] = {folder} / {quoted(name)}' for alias, name in names]
    if "default" in aliases:
        mode = '"transaction_mode": "IMMEDIATE", ' if immediate else ""
        rows += [
            '# Several requests at once: wait for each other instead of failing with "database is locked".',
            '_options = DATABASES["default"].get("OPTIONS", {})',
            f'DATABASES["default"]["OPTIONS"] = {{"timeout": 20, {mode}**_options}}',
        ]
    return block_lines(rows)


def _uploads(settings: Settings) -> str:
    rows = ["# Uploaded files outlive releases too. The application server hands them out, since Django does not."]
    if not settings.media_url:
        rows.append('MEDIA_URL = "media/"')
    rows.append('MEDIA_ROOT = _env("SIMPLE_DEPLOY_MEDIA")')
    return block_lines(rows)
