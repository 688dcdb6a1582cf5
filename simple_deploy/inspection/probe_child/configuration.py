"""The settings, as data; and apart from them the values that must not be seen."""

from __future__ import annotations

import ast
import os
import re
import secrets as tokens
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import django
from django.conf import LazySettings, global_settings, settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import LazyObject, Promise

from simple_deploy.core import mail
from simple_deploy.core.facts import ANY_NAME
from simple_deploy.core.secret import looks_secret, passwords_in_urls
from simple_deploy.inspection import sqlite
from simple_deploy.inspection.probe_child import addresses, assigned, debugging
from simple_deploy.inspection.probe_child.hosts import is_local
from simple_deploy.inspection.probe_child.reading import Readings, listed, texts
from simple_deploy.inspection.probe_child.trouble import Project

T = TypeVar("T")
Else = TypeVar("Else")

#: What an entry of DATABASES may say of any database, each with what Django takes where it does not.
_OF_ANY_DATABASE = {
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "DISABLE_SERVER_SIDE_CURSORS": False,
    "TIME_ZONE": None,
}
_PLAIN_SECRETS = frozenset({"SECRET_KEY", "SECRET_KEY_FALLBACKS", "EMAIL_HOST_PASSWORD"})
_LONGEST_NESTING = 6
_WORD = r"(?:[a-z_-]+|\{\w+\}|<[\w:]+>)"
#: The path of a page, in words and placeholders, as in ``{"account_reset_password": "/password/reset/{key}"}``.
_PAGE = re.compile(rf"/(?:{_WORD}(?:/{_WORD})*/?)?")
_CLASS = re.compile(r"[a-z_]\w*(?:\.\w+)*[.:][A-Z]\w*")


def lend_key() -> None:
    """Give settings without a secret key one for this moment: a deployed site gets it from its platform."""
    try:
        settings.SECRET_KEY  # noqa: B018 - Django looks at it when it is asked for
    except ImproperlyConfigured:
        settings.SECRET_KEY = tokens.token_hex()


def describe(project: Project, readings: Readings) -> dict[str, object]:
    """The settings as they are before any app is loaded; apps, ours too, may change them afterwards."""
    module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    loaded = sys.modules.get(module)

    def read(fact: str, name: str, ask: Callable[[Any], T], otherwise: Else) -> T | Else:
        """What *ask* makes of the setting *name*, which every project has."""
        return readings.value(fact, lambda: ask(getattr(settings, name)), otherwise, of=name)

    def optional(fact: str, name: str, ask: Callable[[Any], T], otherwise: Else) -> T | Else:
        """The same for a setting that not every version of Django has, or that only means something where it is set."""
        return read(fact, name, ask, otherwise) if is_set(name) else otherwise

    literals = cache(lambda: _literals(project))
    facts: dict[str, object] = {
        "module": module,
        "file": getattr(loaded, "__file__", None),
        "made_by": readings.value("made_by", lambda: _made_by(module), ""),
        "taken_over_by": readings.value("taken_over_by", lambda: _dynaconf(module), ""),
        "defined": readings.value("defined", lambda: sorted(filter(is_set, dir(settings))), []),
        **_names(module, project, readings),
        "debug": read("debug", "DEBUG", bool, False),
        "debug_text": read("debug", "DEBUG", lambda value: value if isinstance(value, str) else "", ""),
        "allowed_hosts": read("allowed_hosts", "ALLOWED_HOSTS", texts, []),
        "secret_key_in_source": read("secret_key_in_source", "SECRET_KEY", lambda key: str(key) in literals(), False),
        "secrets_in_source": readings.value("secrets_in_source", lambda: _secrets_among(literals()), []),
        "root_urlconf": optional("root_urlconf", "ROOT_URLCONF", lambda value: _text(value) or "", ""),
        "wsgi_application": read("wsgi_application", "WSGI_APPLICATION", _text, None) or application("wsgi", module),
        "asgi_application": optional("asgi_application", "ASGI_APPLICATION", _text, None)
        or application("asgi", module),
        "installed_apps": read("installed_apps", "INSTALLED_APPS", texts, []),
        "middleware": read("middleware", "MIDDLEWARE", texts, []),
        "databases": read("databases", "DATABASES", _databases, []),
        "script_name": read("script_name", "FORCE_SCRIPT_NAME", lambda value: str(value or ""), ""),
        "static_url": read("static_url", "STATIC_URL", _text, None),
        "static_root": read("static_root", "STATIC_ROOT", _path, None),
        "staticfiles_dirs": read("staticfiles_dirs", "STATICFILES_DIRS", _folders, []),
        "staticfiles_backend": readings.value(
            "staticfiles_backend", lambda: _backend(_storages(), "staticfiles"), None, of="STORAGES"
        ),
        # Django makes "/" of one that was never set.
        "media_url": optional("media_url", "MEDIA_URL", str, ""),
        "media_root": read("media_root", "MEDIA_ROOT", _path, None) or "",
        "email_backend": readings.value("email_backend", _email_backend, "", of="MAILERS or EMAIL_BACKEND"),
        "mail_here": readings.value("mail_here", _mail_here, False, of="MAILERS or EMAIL_HOST"),
        "cache_backend": read("cache_backend", "CACHES", lambda all_: _backend(all_, "default"), None) or "",
        "caches_in_database": read("caches_in_database", "CACHES", _in_database, False),
        "in_one_process": readings.value("in_one_process", lambda: list(_in_one_process()), []),
        "user_model": read("user_model", "AUTH_USER_MODEL", str, ""),
        "own_addresses": readings.value("own_addresses", lambda: list(addresses.own(_written(loaded))), []),
        "import_paths": readings.value("import_paths", lambda: list(_import_paths(project)), []),
        "modules": readings.value("modules", modules, []),
    }
    loaded_by_name = [*facts["installed_apps"], *facts["middleware"]]  # type: ignore[misc]
    facts["debug_only"] = readings.value(
        "debug_only", lambda: sorted(debugging.only_with_debug(_sources(project)).intersection(loaded_by_name)), []
    )
    facts["debug_decides"] = readings.value("debug_decides", lambda: debugging.decided(_sources(project)), [])
    return {**facts, "django": django.get_version()}


def _names(module: str, project: Project, readings: Readings) -> dict[str, object]:
    nothing = assigned.Names(possible=frozenset({ANY_NAME}))
    names = readings.fact("possible", lambda: assigned.assigned(module, project), nothing)
    return {"certain": sorted(names.certain), "possible": sorted(names.possible)}


def is_set(name: str) -> bool:
    """Whether the project sets *name*, and does not leave it as Django has it."""
    if not name.isupper():
        return False
    module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    if _dynaconf(module):  # its object has Django's own values too; the module has what was set
        return name in vars(sys.modules[module])
    try:
        return bool(settings.is_overridden(name))
    except Exception:  # something else than Django's own object holds the settings
        return getattr(settings, name, None) is not getattr(global_settings, name, None)


def _written(loaded: ModuleType | None) -> Iterable[tuple[str, object]]:
    """What the module of the settings holds, without asking whatever may stand in its place."""
    return list(vars(loaded).items()) if isinstance(loaded, ModuleType) else ()


def _made_by(module: str) -> str:
    """What makes the settings where lines at the end of their file do not count."""
    loaded = sys.modules.get(module)
    # django-configurations notes in the module which of its classes the names come from.
    place, _, name = str(getattr(loaded, "CONFIGURATION", "")).rpartition(".")
    if place == module and "configurations" in sys.modules:
        return f"the class {name}"
    if not isinstance(settings, LazySettings) and not _dynaconf(module):
        return f"an object of {type(settings).__module__.partition('.')[0]}"
    if not isinstance(loaded, ModuleType):
        return "an object that takes the place of their module"
    if any(name.isupper() and name not in vars(loaded) for name in dir(loaded)):
        return "handed out by a function of their module, __getattr__"
    return ""


def _dynaconf(module: str) -> str:
    """The name in the settings module of dynaconf's object, where that has taken the place of Django's own."""
    loaded = sys.modules.get(module)
    given = vars(loaded).get("DYNACONF") if isinstance(loaded, ModuleType) else None
    return "DYNACONF" if given is not None and settings is given else ""


def _sources(project: Project) -> Iterator[Path]:
    """The project's modules that were loaded to make the settings."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and project.owns(file):
            yield Path(file)


def _import_paths(project: Project) -> Iterator[str]:
    here = project.folder
    for entry in dict.fromkeys(map(os.path.abspath, sys.path)):
        if entry != here and os.path.isdir(entry) and project.owns(os.path.join(entry, "module.py")):  # noqa: PTH112, PTH118
            yield Path(os.path.relpath(entry, here)).as_posix()


def modules() -> list[str]:
    """Modules the settings name as text, so that no import statement shows them."""
    named = [
        *_named("INSTALLED_APPS", texts),
        *_named("MIDDLEWARE", texts),
        *_named("AUTHENTICATION_BACKENDS", texts),
        *_named("DATABASES", lambda entries: _of_each(entries, "ENGINE")),
        *_named("CACHES", lambda entries: _of_each(entries, "BACKEND")),
        *_named("STORAGES", lambda entries: _of_each(entries, "BACKEND")),
    ]
    with suppress(Exception):
        named.append(_email_backend())
    for name, value in named_settings():
        with suppress(Exception):
            named += _classes(value) if is_set(name) else ()
    return sorted({*(re.split("[.:]", name)[0] for name in named if name), *_drivers(" ".join(named))})


def _storages() -> Mapping[str, Any]:
    """STORAGES, or what stood for it before Django 4.2."""
    if hasattr(settings, "STORAGES"):
        return settings.STORAGES  # type: ignore[no-any-return]
    return {"staticfiles": {"BACKEND": settings.STATICFILES_STORAGE}}


def _named(name: str, ask: Callable[[Any], list[str]]) -> list[str]:
    """What a setting names; nothing when it cannot be read, which its own fact tells."""
    try:
        return ask(getattr(settings, name))
    except Exception:
        return []


def _classes(value: Any, nesting: int = _LONGEST_NESTING) -> Iterator[str]:
    """The texts in *value* that name a class, as those of CHANNEL_LAYERS, REST_FRAMEWORK and LOGGING do. Those that
    name a model look alike, but begin with the label of an app, which need not be a module. What is worked out when
    somebody asks is not asked."""
    kind = type(value)  # `isinstance` asks a lazy object for its class, and so for its value
    if issubclass(kind, str):
        if _CLASS.fullmatch(value) and _is_there(re.split("[.:]", value)[0]):
            yield value
    elif issubclass(kind, (dict, list, tuple, set)) and nesting:
        for inner in value.values() if issubclass(kind, dict) else value:
            yield from _classes(inner, nesting - 1)


def _of_each(entries: Mapping[str, Any], key: str) -> list[str]:
    return [str(entry.get(key) or "") for entry in entries.values()]


def _drivers(named: str) -> Iterator[str]:
    """Modules that Django's own backends import."""
    broker = [*_named("CELERY_BROKER_URL", _alone), *_named("BROKER_URL", _alone)]
    if "cache.RedisCache" in named or "backends.redis" in named or any(url.startswith("redis") for url in broker):
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
    first_hasher = next(iter(_named("PASSWORD_HASHERS", texts)), "")
    if "Argon2" in first_hasher:
        yield "argon2"
    if "BCrypt" in first_hasher:
        yield "bcrypt"


def _alone(value: object) -> list[str]:
    return [str(value)]


def secrets(named: Iterable[tuple[str, object]]) -> list[str]:
    """Values that must not be seen, out of settings and their names."""
    found: dict[str, None] = {}
    for name, value in named:
        # Django's own settings are known; PASSWORD_HASHERS holds no password.
        secret = name in _PLAIN_SECRETS or (looks_secret(name) and not hasattr(global_settings, name))
        with suppress(Exception):  # a value that cannot be looked into is not shown by anyone
            found.update(dict.fromkeys(_secret_texts(value, secret, 0)))
    return [value for value in found if value]


def named_settings() -> Iterator[tuple[str, object]]:
    """All settings, as often as one likes: Django's own object keeps what it was asked for once, and then asks a lazy
    value for its class, and so for its value."""
    holder = getattr(settings, "_wrapped", settings) if isinstance(settings, LazySettings) else settings
    for name in dir(settings):
        if name.isupper():
            try:
                yield name, getattr(holder, name)
            except Exception:  # a setting that cannot even be read is not seen by anyone
                continue


def _secret_texts(value: object, secret: bool, depth: int) -> Iterator[str]:
    if depth > _LONGEST_NESTING or issubclass(type(value), (LazyObject, Promise)):
        return  # asking for what is lazy may take a network
    if isinstance(value, str):
        if secret and not _is_import_path(value) and not _PAGE.fullmatch(value):
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


def _literals(project: Project) -> frozenset[str]:
    """The texts that are written out in the project's modules that were loaded to make the settings."""
    found: set[str] = set()
    for path in _sources(project):
        with suppress(OSError, SyntaxError, ValueError):
            nodes = ast.walk(ast.parse(path.read_bytes()))
            found.update(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return frozenset(found)


def _secrets_among(literals: frozenset[str]) -> list[str]:
    """The settings whose secret value is one of *literals*. A deployed site has other databases and another key."""
    elsewhere = {"SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASES", "CACHES"}
    named = ((name, value) for name, value in named_settings() if name not in elsewhere)
    return sorted(name for name, value in named if not literals.isdisjoint(secrets([(name, value)])))


def application(kind: str, settings_module: str) -> str | None:
    """``package.wsgi.application`` of the nearest package around the settings, or else around the URLs, that has one;
    ``wsgi.application`` where that lies beside manage.py."""
    around = [settings_module, *_named("ROOT_URLCONF", _alone)]
    packages = [package for module in around for package in _packages(module)]
    names = [*(f"{package}.{kind}" for package in packages), kind]
    return next((f"{name}.application" for name in names if _is_there(name)), None)


def _packages(module: str) -> Iterator[str]:
    """The packages that *module* lies in, the nearest first."""
    while module := module.rpartition(".")[0]:
        yield module


def _is_there(module: str) -> bool:
    with suppress(ImportError, ValueError):
        return find_spec(module) is not None
    return False


def _databases(entries: Mapping[str, Any]) -> list[dict[str, object]]:
    return [_database(alias, entry) for alias, entry in entries.items()]


def _folders(entries: Any) -> list[str | None]:
    """STATICFILES_DIRS, whose entries may be pairs of a prefix and a folder."""
    return [_path(item[-1] if isinstance(item, (list, tuple)) else item) for item in listed(entries)]


def _database(alias: str, entry: Mapping[str, Any]) -> dict[str, object]:
    engine = str(entry.get("ENGINE") or "")
    name = str(entry.get("NAME") or "")
    if sqlite.is_sqlite(engine):
        name = sqlite.file_of(name) or name
    local = sqlite.is_sqlite(engine) or is_local(str(entry.get("HOST") or ""))
    mirror = bool((entry.get("TEST") or {}).get("MIRROR"))
    kept = [key for key, usual in _OF_ANY_DATABASE.items() if entry.get(key, usual) != usual]
    if sqlite.is_sqlite(engine) and entry.get("OPTIONS"):
        kept.append("OPTIONS")  # those of a server may name certificates and other files of this computer
    return {"alias": str(alias), "engine": engine, "name": name, "local": local, "mirror": mirror, "kept": kept}


def _email_backend() -> str:
    """Django 6.1's MAILERS, where a project has them: beside them EMAIL_BACKEND cannot be read."""
    if is_set("MAILERS"):
        default = settings.MAILERS.get("default")
        return "" if default is None else str(default.get("BACKEND") or mail.SMTP)
    return str(settings.EMAIL_BACKEND)


def _mail_here() -> bool:
    """Whether mail goes to a server that only this computer or its containers know, because the settings say so."""
    if _email_backend() != mail.SMTP:
        return False
    if not is_set("MAILERS"):
        return is_set("EMAIL_HOST") and is_local(str(settings.EMAIL_HOST))
    options = settings.MAILERS["default"].get("OPTIONS") or {}
    return is_local(str(options.get("host") or ""))


def _backend(entries: Mapping[str, Any], alias: str) -> str | None:
    backend = (entries.get(alias) or {}).get("BACKEND")
    return str(backend) if backend else None


def _in_one_process() -> Iterator[str]:
    """The settings that keep what all processes of a site need in the memory of one."""
    sessions = _backend(settings.CACHES, settings.SESSION_CACHE_ALIAS) or ""
    if settings.SESSION_ENGINE.endswith(".cache") and sessions.endswith((".LocMemCache", ".DummyCache")):
        yield "SESSION_ENGINE"
    channels = _backend(getattr(settings, "CHANNEL_LAYERS", {}), "default") or ""
    if channels.endswith(".InMemoryChannelLayer"):
        yield "CHANNEL_LAYERS"


def _in_database(caches: Mapping[str, Any]) -> bool:
    return any(str((entry or {}).get("BACKEND", "")).endswith(".DatabaseCache") for entry in caches.values())


def _path(value: object) -> str | None:
    return os.path.abspath(str(value)) if value else None  # noqa: PTH100 - links stay as they are


def _text(value: object) -> str | None:
    return None if value is None else str(value)
