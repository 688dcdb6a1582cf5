"""The settings of a deployed site that every platform needs, as texts for ``EditBlock`` steps. Pure.

They are in three parts. The first says that the site runs nowhere yet; then each platform has a block that says whether
the site runs there, and what is particular to it; the last has what every site needs. First and last depend on the
project only, so they are the same whichever platforms there are, and are written by whoever comes first.

A platform says in a :class:`SiteSettings` what is its own: how a site knows where it runs, its hosts, its database.
What a project of this shape needs besides is worked out from what inspection found, never from a name that might not
be there. Sources: Django's deployment checklist and settings reference (docs.djangoproject.com), WhiteNoise's guide
for Django, django-environ's documentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from simple_deploy.core import mail
from simple_deploy.core.facts import Location, ProjectFacts, Settings
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.paths import inside
from simple_deploy.core.quoting import quoted
from simple_deploy.platforms.beside import further_database_rows, local_redis, redis_rows

PLAIN_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
HASHED_STATIC = "whitenoise.storage.CompressedManifestStaticFilesStorage"
UNHASHED_STATIC = "whitenoise.storage.CompressedStaticFilesStorage"
WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"
SECURITY = "django.middleware.security.SecurityMiddleware"

#: ``AddRequirements.equivalents``: packages that satisfy the need for another.
EQUIVALENTS: Mapping[str, tuple[str, ...]] = {"psycopg": ("psycopg2", "psycopg2-binary", "psycopg-binary")}


#: The blocks before and after those of platforms. No platform can be called so.
FIRST_BLOCK, LAST_BLOCK = "site.begin", "site.settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """What is particular to one platform. Every text is Python as it stands in the block.

    In them ``_os`` and ``_Path`` may be used, and in *hosts* and what follows also what *setup* names; ``_env`` (a
    django-environ ``Env``) too, for two lines more.

    :param platform: its name, for the comments.
    :param condition: true on the platform and nowhere else, for example ``"FLY_APP_NAME" in _os.environ``.
    :param told_by: how that comes about, ends a comment, for example ``Fly.io sets FLY_APP_NAME.``
    :param setup: lines at the start: settings of the platform's own, and names that the others can build on.
        ``_static`` is STATIC_ROOT, where that is not a folder of the project.
    :param secret_key: the expression of SECRET_KEY, where it is not in that variable; must refuse to start where there
        is none.
    :param hosts: the expression of ALLOWED_HOSTS, a list.
    :param origins: the expression of CSRF_TRUSTED_ORIGINS, a list.
    :param database_url: the expression of the default database's address; None leaves DATABASES as they are.
    :param redis_url: the expression of a Redis' address, an empty text where the site has none; ``None`` where it uses
        the one of the project's own settings; left out where the address is in the variable REDIS_URL.
    :param http: an expression that is true where visitors come over plain http; empty where they never do. The others
        can use it as ``_http``.
    """

    platform: str
    condition: str
    told_by: str
    setup: tuple[str, ...] = ()
    secret_key: str = ""
    hosts: str
    origins: str
    database_url: str | None = '_os.environ["DATABASE_URL"]'
    redis_url: str = ""
    http: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How a project is served in production.

    :param argv: the command without the address to listen on, run in the folder of manage.py.
    :param requirements: what has to be installed for it, PEP 508.
    """

    argv: tuple[str, ...]
    requirements: tuple[str, ...]


def first_block(settings: Settings) -> str:
    """What stands before the blocks of platforms: the names that these may give a value."""
    named = [
        "_site",
        "_http",
        *(["_static"] if uses_static_files(settings) else []),
        "_secret_key",
        *(["_database"] if has_database(settings) else []),
    ]
    rows = [
        "# Where this project runs as a site. Each platform has a block that says so and holds what is special there;",
        "# what every site needs comes last. On any other computer these blocks do nothing.",
        "import os as _os",
        "from pathlib import Path as _Path",
        "",
        f"{' = '.join(named)} = None",
        *(['_redis = _os.environ.get("REDIS_URL", "")'] if local_redis(settings) else []),
    ]
    return "".join(f"{row}\n" for row in rows)


def platform_block(settings: Settings, site: SiteSettings) -> str:
    """What is particular to one platform. The other two blocks stand around it."""
    said = {"_site": quoted(site.platform), "_http": site.http, "_secret_key": site.secret_key}
    told = {name: value for name, value in said.items() if value}
    rows = [
        f"{', '.join(told)} = {', '.join(told.values())}",
        *site.setup,
        f"ALLOWED_HOSTS = {site.hosts}",
        f"CSRF_TRUSTED_ORIGINS = {site.origins}",
        *([f"_redis = {site.redis_url}"] if site.redis_url and local_redis(settings) else []),
    ]
    if site.database_url is not None and has_database(settings):
        rows += [f"_database = {site.database_url}", *postgres_rows(settings)]
    if any("_env" in row for row in rows):
        rows = ["from environ import Env as _Env", "", "_env = _Env()", *rows]
    return f"# The site on {site.platform}. {site.told_by}\nif {site.condition}:\n{block_lines(rows)}"


def last_block(settings: Settings, location: Location) -> str:
    """What every site of a project with these *settings* needs, and nothing that only some projects do."""
    parts = [
        _core(settings),
        block_lines(debug_rows(settings)),
        _database(settings),
        _static(settings, location),
        block_lines(redis_rows(settings)),
        block_lines(address_rows(settings)),
        block_lines(mail_rows(settings)),
        block_lines(logging_rows(settings)),
        block_lines(takeover_rows(settings)),
    ]
    return "\n".join(part for part in parts if part)


def site_requirements(settings: Settings, *, postgres: bool) -> tuple[str, ...]:
    """What the block and the server need installed on the deployed site, PEP 508."""
    wanted = [*application_server(settings).requirements, "django-environ"]
    if uses_static_files(settings):
        wanted.append("whitenoise")
    if postgres:
        wanted.append("psycopg[binary]")
    return tuple(wanted)


def unreachable_settings(facts: ProjectFacts, platform: str) -> Finding:
    """What a plan without steps says for a project whose settings cannot be loaded or edited.

    :param platform: the platform's slug, which its findings begin with.
    """
    return Finding(
        id=f"{platform}.settings-file",
        level=Level.BLOCKER,
        title="The settings file cannot be edited.",
        why=facts.settings_problem.message if facts.settings_problem else "It lies outside the repository.",
        fix="Put the settings module into the project's repository, and make sure that `manage.py check` runs.",
    )


def application_server(settings: Settings) -> Server:
    """gunicorn with the project's WSGI application, or its ASGI application where only that serves all of it."""
    # manage.py does it for itself only.
    paths = ("--pythonpath", ",".join(settings.import_paths)) if settings.import_paths else ()
    if serves_asgi(settings):
        worker = ("--worker-class", "uvicorn_worker.UvicornWorker")
        argv = ("gunicorn", *paths, *worker, _target(settings.asgi_application or ""))
        # uvicorn itself speaks no web sockets: it takes a library for them.
        sockets = ("websockets",) if settings.websockets else ()
        return Server(argv=argv, requirements=("gunicorn", "uvicorn-worker", *sockets))
    application = settings.wsgi_application or f"{settings.module.partition('.')[0]}.wsgi.application"
    return Server(argv=("gunicorn", *paths, _target(application)), requirements=("gunicorn",))


def serves_asgi(settings: Settings) -> bool:
    """Whether the site is served by its ASGI application: it answers web sockets, or there is no other."""
    return settings.asgi_application is not None and (settings.websockets or settings.wsgi_application is None)


def uses_static_files(settings: Settings) -> bool:
    return settings.has_app("django.contrib.staticfiles")


def has_plain_static_files(settings: Settings) -> bool:
    """Whether the project leaves it to others how static files are kept."""
    return not settings.staticfiles_backend or settings.staticfiles_backend == PLAIN_STATIC


def uses_uploads(settings: Settings) -> bool:
    return bool(settings.file_fields or settings.media_root or settings.media_url)


def has_database(settings: Settings) -> bool:
    """Whether there is a database to set. Where DATABASES could not be read there is: nearly every project has one."""
    if not settings.knows("databases"):
        return True
    default = settings.default_database
    return default is not None and bool(default.engine) and not default.engine.endswith(".dummy")


def static_folder(settings: Settings, location: Location) -> str:
    """Where ``collectstatic`` puts the files on the site, relative to the folder of manage.py."""
    own = inside(settings.static_root or "")
    if own is not None and own.is_relative_to(location.project_dir):
        below = own.relative_to(location.project_dir)
        if below.parts:
            return str(below)
    # collectstatic refuses to collect into a folder it collects from (staticfiles.E002).
    sources = {PurePosixPath(folder).name for folder in settings.staticfiles_dirs}
    return "staticfiles" if "staticfiles" not in sources else "collected-static"


def project_folder(settings: Settings, location: Location) -> str:
    """An expression for the folder of manage.py inside the settings file; BASE_DIR may be absent or another folder."""
    file, folder = PurePosixPath(settings.file or ""), PurePosixPath(location.project_dir)
    below = file.is_relative_to(folder)
    up = len(file.parts) - 1 - (len(folder.parts) if below else 0)
    return f"_Path(__file__).resolve().parents[{max(up, 0)}]" + ("" if below else f" / {quoted(str(folder))}")


def static_rows(settings: Settings, root: str) -> list[str]:
    """Static files with hashed names, served by WhiteNoise. *root* is the expression of STATIC_ROOT."""
    backend = UNHASHED_STATIC if settings.unhashable_static else HASHED_STATIC
    rows = ["# Static files, collected at each deployment and served by WhiteNoise."]
    if not settings.static_url:
        rows.append('STATIC_URL = "static/"')
    rows.append(f"STATIC_ROOT = {root}")
    if has_plain_static_files(settings):
        if settings.unhashable_static:
            rows.append(f"# Their names hold no hash: {' '.join(settings.unhashable_static.split())}.")
        rows += _storage_rows(settings, backend)
    if settings.uncompressed:
        rows += ["# Platforms do not run `manage.py compress`; so pages name styles and scripts as they are."]
        rows += ["COMPRESS_ENABLED = False"]
    if WHITENOISE not in settings.middleware:
        rows += _whitenoise_rows(settings)
    return rows


def _storage_rows(settings: Settings, backend: str) -> list[str]:
    if settings.has_setting("STORAGES"):
        return [f'STORAGES = {{**STORAGES, "staticfiles": {{"BACKEND": "{backend}"}}}}']
    default = '"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}'
    static = f'"staticfiles": {{"BACKEND": "{backend}"}}'
    if "STORAGES" in settings.defined:
        return [
            "STORAGES = {",
            f"    {default},",
            f"    **{before(settings, 'STORAGES', '{}')},",
            f"    {static},",
            "}",
        ]
    return [f"STORAGES = {{{default}}}", f"STORAGES |= {{{static}}}"]


def _whitenoise_rows(settings: Settings) -> list[str]:
    """WhiteNoise among the middleware, behind Django's own for security."""
    insert = f'MIDDLEWARE = [*MIDDLEWARE[:_place], "{WHITENOISE}", *MIDDLEWARE[_place:]]'
    there = settings.has_setting("MIDDLEWARE")
    if there is None:
        return [
            f"MIDDLEWARE = [*{before(settings, 'MIDDLEWARE', '[]')}]",
            f'_security = "{SECURITY}"',
            "_place = MIDDLEWARE.index(_security) + 1 if _security in MIDDLEWARE else 0",
            insert,
        ]
    if SECURITY in settings.middleware and SECURITY not in settings.debug_only:
        return [f'_place = MIDDLEWARE.index("{SECURITY}") + 1', insert]
    return [f'MIDDLEWARE = ["{WHITENOISE}"{", *MIDDLEWARE" if there else ""}]']


def before(settings: Settings, name: str, otherwise: str) -> str:
    """An expression for what the setting *name* is above the block; *otherwise* where the project does not set it."""
    there = settings.has_setting(name)
    if there is None:  # it depends on where the settings are loaded
        return f'globals().get("{name}"{f", {otherwise}" if otherwise else ""})'
    return name if there else otherwise


def logging_rows(settings: Settings) -> list[str]:
    """Errors go where the platform collects output; nothing for a project that has its own LOGGING."""
    if "LOGGING" in settings.defined:
        return []
    return [
        "# Errors go to the site's log; with DEBUG off Django would only send them by mail.",
        'LOGGING = {"version": 1, "disable_existing_loggers": False, '
        '"root": {"handlers": ["console"], "level": "INFO"}}',
        'LOGGING["handlers"] = {"console": {"class": "logging.StreamHandler"}}',
    ]


def takeover_rows(settings: Settings) -> list[str]:
    """The settings once more, for an object such as dynaconf's, which had copied them before these blocks."""
    holder = settings.taken_over_by
    if not holder:
        return []
    return [
        f"# Django asks {holder} for its settings, which knows only what stood above these blocks.",
        f'_names = [_name for _name in globals() if _name.isupper() and _name != "{holder}"]',
        f"{holder}.update({{_name: globals()[_name] for _name in _names}}, merge=False)",
    ]


def debug_rows(settings: Settings) -> list[str]:
    """Take out what the project names only where DEBUG is on: it still was when those lines were read."""
    listed = (
        ("INSTALLED_APPS", [name for name in settings.installed_apps if name in settings.debug_only]),
        ("MIDDLEWARE", [name for name in settings.middleware if name in settings.debug_only]),
    )
    rows = [
        f"{setting} = [_name for _name in {setting} if _name not in {tuple(names)!r}]"
        for setting, names in listed
        if names
    ]
    comment = ["# The lines above add these where DEBUG is on, and it was on until here."]
    return [*comment, *(row.replace("'", '"') for row in rows)] if rows else []


def kept_rows(settings: Settings) -> list[str]:
    """What the project says about its default database that no address says, as ``_kept``: ATOMIC_REQUESTS and the
    like. Nothing for a project that says no such thing."""
    names = [name for name in _kept(settings) if name != "OPTIONS"]
    if not names:
        return []
    return [
        "# What the project says about its database holds wherever that is.",
        f"_own = {_own_database(settings)}",
        f"_kept = {{_name: _own[_name] for _name in {json.dumps(names)} if _name in _own}}",
    ]


def _kept(settings: Settings) -> tuple[str, ...]:
    default = settings.default_database
    return default.kept if default is not None else ()


def _own_database(settings: Settings) -> str:
    return f'{before(settings, "DATABASES", "{}")}.get("default", {{}})'


def engine_rows(settings: Settings) -> list[str]:
    """The project's own database engine in the place of Django's, which is all that an address of a database names."""
    default = settings.default_database
    own = default.own_engines if default is not None else {}
    rows = ["# The project's own database engine."] if own else []
    for plain, engine in own.items():
        rows += [
            f'if DATABASES["default"]["ENGINE"] == {quoted(plain)}:',
            f'    DATABASES["default"]["ENGINE"] = {quoted(engine)}',
        ]
    return rows


def postgres_rows(settings: Settings) -> list[str]:
    """What a project that is moved to PostgreSQL needs besides the database, as far as a trial has shown it."""
    if not settings.postgres_app:
        return []
    return [
        "# Some apps have fields there that only PostgreSQL knows, and Django refuses them without this one.",
        'INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.postgres"]',
    ]


def address_rows(settings: Settings) -> list[str]:
    """The site's own address in the place of this computer's, in settings that hold it; what a variable has told them
    stays. ``CSRF_TRUSTED_ORIGINS`` has to be set before.
    """
    if not settings.own_addresses:
        return []
    rows = [
        "# Where no variable says otherwise these hold the address of runserver; the site has its own.",
        "for _address in CSRF_TRUSTED_ORIGINS[:1]:",
    ]
    for name, here in settings.own_addresses:
        there = "_address" if "://" in here else '_address.partition("://")[2]'
        rows.append(f"    {name} = {name}.replace({quoted(here)}, {there}, 1)")
    return rows


def mail_rows(settings: Settings) -> list[str]:
    """A mail server from a variable, for a project that has none of its own; nothing for any other project.

    Django 6.1 has ``MAILERS`` and refuses the ``EMAIL_*`` settings beside it, so the block sets what the project sets.
    Its deployment check takes a backend that sends nothing for an error (``mail.E001``), with which no command runs.
    A site works without a mail server, though: its owner is told, and chooses.
    """
    unsent = mail.UNSENT.get(settings.email_backend)
    mailers = "MAILERS" in settings.defined
    silence = ['SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "mail.E001"]'] if mailers and unsent else []
    if unsent is None and not settings.mail_here and not lacks_mail_server(settings):
        return []
    if mail.VARIABLE in settings.variables:  # the project reads it in its own way
        return ["# The site works without a mail server too.", *silence] if silence else []
    without = f"nobody receives mail: it {unsent}" if unsent else "no mail is sent"
    without = "mail goes to the server that the settings above name" if settings.mail_here else without
    rows = [
        f"# {mail.VARIABLE} names a mail server: {mail.EXAMPLE}.",
        f"# Without one {without}.",
        f'if "{mail.VARIABLE}" in _os.environ:',
        f'    _mail = _Env.email_url_config(_os.environ["{mail.VARIABLE}"])',
        *(f"    {row}" for row in (_mailers_rows() if mailers else _email_rows(settings))),
        f'    {mail.SENDER} = _os.environ.get("{mail.SENDER}", {before(settings, mail.SENDER, _NOBODY)})',
    ]
    return [*rows, *(["else:", *(f"    {row}" for row in silence)] if silence else [])]


def lacks_mail_server(settings: Settings) -> bool:
    """Whether the project leaves it to Django where mail goes, which is to a server on the site's own machine."""
    return settings.email_backend == mail.SMTP and settings.defined.isdisjoint({"EMAIL_HOST", "MAILERS"})


def _mailers_rows() -> list[str]:
    return [
        '_server = {"host": _mail["EMAIL_HOST"], "port": _mail["EMAIL_PORT"]}',
        '_server |= {"username": _mail["EMAIL_HOST_USER"], "password": _mail["EMAIL_HOST_PASSWORD"]}',
        '_server |= {"use_tls": _mail.get("EMAIL_USE_TLS", False), "use_ssl": _mail.get("EMAIL_USE_SSL", False)}',
        f'MAILERS = {{**MAILERS, "default": {{"BACKEND": "{mail.SMTP}", "OPTIONS": _server}}}}',
    ]


def _email_rows(settings: Settings) -> list[str]:
    names = ("EMAIL_USE_TLS", "EMAIL_USE_SSL")
    values = [f'_mail.get("{name}", {before(settings, name, "False")})' for name in names]
    both = f"{', '.join(names)} = {', '.join(values)}"
    each = [f"{name} = {value}" for name, value in zip(names, values, strict=True)]
    return [
        'EMAIL_BACKEND, EMAIL_FILE_PATH = _mail["EMAIL_BACKEND"], _mail["EMAIL_FILE_PATH"]',
        'EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]',
        'EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]',
        *([both] if len(both) <= _WIDTH - 4 else each),
    ]


def block_lines(rows: list[str]) -> str:
    """*rows* as the body of the block's ``if``."""
    return "".join(f"    {row}\n" if row else "\n" for row in rows)


_NOBODY = '"webmaster@localhost"'  # Django's own default
_WIDTH = 116  # of a row of the block, which is indented by four


def _core(settings: Settings) -> str:
    """What every site has."""
    own = before(settings, "SECURE_HSTS_SECONDS", "")
    rows = [
        "from environ import Env as _Env",
        "",
        "DEBUG = False",
        'SECRET_KEY = _secret_key or _os.environ["SECRET_KEY"]  # without one the site does not start',
        "",
        "# Visitors come over https; the platform's proxy hands their requests on over http and says so in a header.",
        "# Where they come over http, nothing may insist on https: nobody could log in.",
        'SECURE_PROXY_SSL_HEADER = None if _http else ("HTTP_X_FORWARDED_PROTO", "https")',
        "SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not _http",
        "# Browsers remember for an hour that this host is https only: set more below this block when all works.",
        f"SECURE_HSTS_SECONDS = 0 if _http else {f'({own} or 3600)' if own else 3600}",
        "# Subdomains and preloading (W005, W021) are a decision for a domain of your own.",
        *_settled_rows(settings),
    ]
    return f"# What every deployed site has, wherever it runs.\nif _site:\n{block_lines(rows)}"


def _settled_rows(settings: Settings) -> list[str]:
    own = before(settings, "SILENCED_SYSTEM_CHECKS", "[]")
    checks = 'f"security.W{_number:03}" for _number in ((4, 8, 12, 16) if _http else (5, 21))'
    if own == "[]":
        return [f"SILENCED_SYSTEM_CHECKS = [{checks}]"]
    return ["SILENCED_SYSTEM_CHECKS = [", f"    *{own},", f"    *({checks}),", "]"]


def _database(settings: Settings) -> str:
    if not has_database(settings):
        return ""
    # Under ASGI requests change threads, and Django's documentation advises against connections that stay.
    age = 0 if serves_asgi(settings) else 600
    stays = "Connections stay open; each is tried before it is used." if age else "Each request opens one of its own."
    rows = kept_rows(settings)
    parts = ["**_kept"] if rows else []
    options = "OPTIONS" in _kept(settings)
    if options:
        rows.append(f'_options = {_own_database(settings)}.get("OPTIONS", {{}})')
    parts += ["**_Env.db_url_config(_database)", f'"CONN_MAX_AGE": {age}', '"CONN_HEALTH_CHECKS": True']
    if settings.has_setting("DATABASES"):
        rows.append(f'DATABASES["default"] = {{{", ".join(parts)}}}')
    else:
        own = before(settings, "DATABASES", "{}")
        others = [f"    **{own},"] if own != "{}" else []
        rows += ["DATABASES = {", *others, '    "default": {', *(f"        {part}," for part in parts), "    },", "}"]
    if options:
        rows += [
            'if _database.partition(":")[0] in ("sqlite", "spatialite"):  # else they mean nothing',
            '    DATABASES["default"]["OPTIONS"] = {**DATABASES["default"].get("OPTIONS", {}), **_options}',
        ]
    rows += [*engine_rows(settings), *further_database_rows(settings)]
    return block_lines(
        [
            f"# The database whose address the platform gives. {stays}",
            "if _database is not None:",
            *(f"    {row}" for row in rows),
        ]
    )


def _static(settings: Settings, location: Location) -> str:
    if not uses_static_files(settings):
        return ""
    root = f"_static or {project_folder(settings, location)} / {quoted(static_folder(settings, location))}"
    return block_lines(static_rows(settings, root))


def _target(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    return f"{module}:{name}"
