"""The settings, as data; and apart from them the values that must not be seen."""

from __future__ import annotations

import ast
import os
import secrets as tokens
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import global_settings, settings
from django.core.exceptions import ImproperlyConfigured

from simple_deploy.core import mail
from simple_deploy.core.secret import looks_secret, passwords_in_urls
from simple_deploy.inspection import sqlite
from simple_deploy.inspection.probe_child.trouble import Project

_PLAIN_SECRETS = frozenset({"SECRET_KEY", "SECRET_KEY_FALLBACKS", "EMAIL_HOST_PASSWORD"})
_LONGEST_NESTING = 6


def lend_key() -> None:
    """Give settings without a secret key one for this moment: a deployed site gets it from its platform."""
    try:
        settings.SECRET_KEY  # noqa: B018 - Django looks at it when it is asked for
    except ImproperlyConfigured:
        settings.SECRET_KEY = tokens.token_hex()


def describe(project: Project) -> dict[str, object]:
    """The settings as they are before any app is loaded; apps, ours too, may change them afterwards."""
    defined = sorted(name for name in dir(settings) if name.isupper() and settings.is_overridden(name))
    module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    loaded = sys.modules.get(module)
    return {
        "module": module,
        "file": getattr(loaded, "__file__", None),
        "debug": bool(settings.DEBUG),
        "allowed_hosts": _texts(settings.ALLOWED_HOSTS),
        "secret_key_in_source": _is_in_source(str(settings.SECRET_KEY), project),
        "root_urlconf": str(getattr(settings, "ROOT_URLCONF", "") or ""),
        "wsgi_application": _text(settings.WSGI_APPLICATION) or _application("wsgi", module),
        "asgi_application": _text(getattr(settings, "ASGI_APPLICATION", None)) or _application("asgi", module),
        "installed_apps": _texts(settings.INSTALLED_APPS),
        "middleware": _texts(settings.MIDDLEWARE),
        "databases": [_database(alias, entry) for alias, entry in settings.DATABASES.items()],
        "static_url": _text(settings.STATIC_URL),
        "static_root": _path(settings.STATIC_ROOT),
        "staticfiles_dirs": [
            _path(item[-1] if isinstance(item, (list, tuple)) else item) for item in settings.STATICFILES_DIRS or ()
        ],
        "staticfiles_backend": _backend(getattr(settings, "STORAGES", {}), "staticfiles"),
        # Django makes "/" of one that was never set.
        "media_url": str(settings.MEDIA_URL) if settings.is_overridden("MEDIA_URL") else "",
        "media_root": _path(settings.MEDIA_ROOT) or "",
        "email_backend": _email_backend(),
        "cache_backend": _backend(settings.CACHES, "default") or "",
        "user_model": str(settings.AUTH_USER_MODEL),
        "defined": defined,
        "import_paths": list(_import_paths(project)),
    }


def _import_paths(project: Project) -> Iterator[str]:
    here = os.getcwd()  # noqa: PTH109 - links stay as they are
    for entry in dict.fromkeys(map(os.path.abspath, sys.path)):
        if entry != here and os.path.isdir(entry) and project.owns(os.path.join(entry, "module.py")):  # noqa: PTH112, PTH118
            yield Path(os.path.relpath(entry, here)).as_posix()


def modules() -> list[str]:
    """Modules the settings name as text, so that no import statement shows them."""
    named = [
        *_texts(settings.INSTALLED_APPS),
        *_texts(settings.MIDDLEWARE),
        *_texts(settings.AUTHENTICATION_BACKENDS),
        _email_backend(),
        *(str(entry.get("ENGINE") or "") for entry in settings.DATABASES.values()),
        *(str(entry.get("BACKEND") or "") for entry in settings.CACHES.values()),
        *(str(entry.get("BACKEND") or "") for entry in getattr(settings, "STORAGES", {}).values()),
    ]
    return sorted({*(name.partition(".")[0] for name in named if name), *_drivers(" ".join(named))})


def _drivers(named: str) -> Iterator[str]:
    """Modules that Django's own backends import."""
    broker = str(getattr(settings, "CELERY_BROKER_URL", "") or getattr(settings, "BROKER_URL", ""))
    if "cache.RedisCache" in named or "backends.redis" in named or broker.startswith("redis"):
        yield "redis"
    for backend, drivers in (
        ("postgresql", ("psycopg", "psycopg2")),
        ("postgis", ("psycopg", "psycopg2")),
        ("mysql", ("MySQLdb", "pymysql")),
        ("oracle", ("oracledb", "cx_Oracle")),
        ("PyMemcacheCache", ("pymemcache",)),
        ("PyLibMCCache", ("pylibmc",)),
    ):
        if backend in named:
            yield from [driver for driver in drivers if find_spec(driver)][:1]
    first_hasher = next(iter(settings.PASSWORD_HASHERS), "")
    if "Argon2" in first_hasher:
        yield "argon2"
    if "BCrypt" in first_hasher:
        yield "bcrypt"


def secrets(named: Iterable[tuple[str, object]]) -> list[str]:
    """Values that must not be seen, out of settings and their names."""
    found: dict[str, None] = {}
    for name, value in named:
        # Django's own settings are known; PASSWORD_HASHERS holds no password.
        secret = name in _PLAIN_SECRETS or (looks_secret(name) and not hasattr(global_settings, name))
        found.update(dict.fromkeys(_secret_texts(value, secret, 0)))
    return [value for value in found if value]


def named_settings() -> Iterator[tuple[str, object]]:
    for name in dir(settings):
        if name.isupper():
            try:
                yield name, getattr(settings, name)
            except Exception:  # a setting that cannot even be read is not seen by anyone
                continue


def _secret_texts(value: object, secret: bool, depth: int) -> Iterator[str]:
    if depth > _LONGEST_NESTING:
        return
    if isinstance(value, str):
        if secret and not _is_import_path(value):
            yield value
        if "://" in value:
            yield from passwords_in_urls(value)
    elif isinstance(value, bytes) and secret:
        yield value.decode("utf-8", "replace")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            inside = secret if isinstance(item, (Mapping, list, tuple)) else looks_secret(str(key))
            if str(key).lower() in {"passwd", "password"}:
                inside = True
            yield from _secret_texts(item, inside, depth + 1)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _secret_texts(item, secret, depth + 1)


def _is_import_path(value: str) -> bool:
    """Whether this names a class or function, as in ``AUTH_TOKEN_CLASS = "package.tokens.AccessToken"``."""
    return "." in value and value.partition(".")[0] in sys.modules


def _is_in_source(secret_key: str, project: Project) -> bool:
    """Whether the value is written out in one of the project's modules that were loaded to make the settings."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and file.endswith(".py") and project.owns(file) and _has_literal(Path(file), secret_key):
            return True
    return False


def _has_literal(path: Path, text: str) -> bool:
    try:
        source = path.read_bytes()
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError):
        return False
    return any(isinstance(node, ast.Constant) and node.value == text for node in ast.walk(tree))


def _application(kind: str, settings_module: str) -> str | None:
    """``package.wsgi.application`` of the nearest package around the settings that has one."""
    package = settings_module.rpartition(".")[0]
    while package:
        try:
            if find_spec(f"{package}.{kind}"):
                return f"{package}.{kind}.application"
        except (ImportError, ValueError):
            pass
        package = package.rpartition(".")[0]
    return None


def _database(alias: str, entry: Mapping[str, Any]) -> dict[str, str]:
    engine = str(entry.get("ENGINE") or "")
    name = str(entry.get("NAME") or "")
    if sqlite.is_sqlite(engine):
        name = sqlite.file_of(name) or name
    return {"alias": str(alias), "engine": engine, "name": name}


def _email_backend() -> str:
    """Django 6.1's MAILERS, where a project has them: beside them EMAIL_BACKEND cannot be read."""
    if settings.is_overridden("MAILERS"):
        default = settings.MAILERS.get("default")
        return "" if default is None else str(default.get("BACKEND") or mail.SMTP)
    return str(settings.EMAIL_BACKEND)


def _backend(entries: Mapping[str, Any], alias: str) -> str | None:
    backend = (entries.get(alias) or {}).get("BACKEND")
    return str(backend) if backend else None


def _path(value: object) -> str | None:
    return os.path.abspath(str(value)) if value else None  # noqa: PTH100 - links stay as they are


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, (list, tuple, set, frozenset)) else []
