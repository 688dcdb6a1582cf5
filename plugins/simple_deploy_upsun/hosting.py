"""What a site finds on Upsun: its variables, and the settings made of them. Pure.

Sources: docs.upsun.com, "Use variables" (which there are while the app is built, which while it runs, and in what
shape; while it is built there are no routes, no environment and no services) and "Django"; for the default
relationship's variables "PostgreSQL", which leaves out DATABASE_URL, so that its parts and the older
PLATFORM_RELATIONSHIPS are read as well.
"""

from __future__ import annotations

from collections.abc import Collection

from simple_deploy.api import (
    Answers,
    Hosting,
    ProjectFacts,
    Settings,
    SiteSettings,
    debug_off,
    expected_variables,
    has_database,
    own_variables,
    project_folder,
    quoted,
)
from simple_deploy_upsun import place
from simple_deploy_upsun.environment import APP, FOLDER, RELATIONSHIP, always, building, database, site

HOST = "main-bvxea6i-abcdefghijklm.eu-5.platformsh.site"
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


def read_by(settings: Settings | None) -> tuple[str, ...]:
    """The variables that the project's settings read, and the site gets from this computer."""
    prefixes = ("PLATFORM_", "DATABASE_", "SIMPLE_DEPLOY_", "POETRY_", "PIPENV_", "UV_", "PYTHON")
    return own_variables(settings, given=("SOCKET", "PATH", "HOME", "DJANGO_SETTINGS_MODULE"), prefixes=prefixes)


# -- the settings of the site --

_UNPACK = (
    "import base64 as _base64",
    "import json as _json",
    "from urllib.parse import quote as _quote, urlsplit as _urlsplit",
    "",
    "def _unpacked(name):",
    '    """What Upsun says in one of its variables; nothing while the app is built."""',
    '    return _json.loads(_base64.b64decode(_os.environ.get(name) or "e30="))',
)
_PREFIX = f"{RELATIONSHIP.upper()}_"
_DATABASE = (
    "",
    "# The address of the database, in whichever way Upsun gives it.",
    f'_url = _os.environ.get("{_PREFIX}URL")',
    'if "PLATFORM_ENVIRONMENT" not in _os.environ:',
    '    _url = "sqlite://:memory:"  # the app is being built, where there is no database',
    "elif _url is None:",
    f'    _given = _unpacked("PLATFORM_RELATIONSHIPS").get("{RELATIONSHIP}", [{{}}])[0]',
    '    _names = ("USERNAME", "PASSWORD", "HOST", "PORT", "PATH")',
    f'    _parts = [_os.environ.get(f"{_PREFIX}{{_name}}") or _given.get(_name.lower()) for _name in _names]',
    "    if None in _parts:",
    "        _name = _names[_parts.index(None)]",
    f'        raise RuntimeError(f"Upsun gives no {_PREFIX}{{_name}}; is the relationship there?")',
    '    _url = "pgsql://" + "{}:{}@{}:{}/{}".format(*(_quote(str(_part), safe="") for _part in _parts))',
)


def site_settings(facts: ProjectFacts, settings: Settings) -> SiteSettings:
    """What the settings of this project need on Upsun."""
    database = has_database(settings)
    return SiteSettings(
        platform="Upsun",
        condition='"PLATFORM_APPLICATION_NAME" in _os.environ',
        told_by="Upsun sets PLATFORM_APPLICATION_NAME.",
        setup=(*_UNPACK, *(_DATABASE if database else ()), *_uploads(facts, settings), ""),
        secret_key='_os.environ.get("SECRET_KEY") or _os.environ["PLATFORM_PROJECT_ENTROPY"]',
        hosts='sorted({_urlsplit(_route).hostname for _route in _unpacked("PLATFORM_ROUTES")})',
        origins='[f"https://{_host}" for _host in ALLOWED_HOSTS]',
        database_url="_url" if database else None,
    )


def _uploads(facts: ProjectFacts, settings: Settings) -> tuple[str, ...]:
    """Where uploads go, as far as the project does not say it in a way that fits."""
    kept = place.uploads(facts, settings)
    rows = []
    if kept is not None and not kept.own_root:
        rows.append(f'MEDIA_ROOT = {project_folder(settings, facts.location)} / "media"')
    if kept is not None and not kept.own_url:
        rows.append(f"MEDIA_URL = {quoted(f'{kept.path}/')}")
    return ("", "# Uploads go to the mount, which outlives deployments.", *rows) if rows else ()
