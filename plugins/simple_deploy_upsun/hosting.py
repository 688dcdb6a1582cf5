"""What a site finds on Upsun: its variables, and the settings made of them. Pure.

Sources: docs.upsun.com, "Use variables" (which there are while the app is built, which while it runs, and in what
shape; while it is built there are no routes, no environment and no services), "Variables overview" (DATABASE_URL and
its parts, for a relationship of that name), "Set variables" (``.environment``) and "Django".
"""

from __future__ import annotations

from collections.abc import Collection

from simple_deploy.api import (
    Answers,
    Hosting,
    ProjectFacts,
    Settings,
    SiteSettings,
    chosen_variables,
    debug_off,
    expected_variables,
    has_database,
    insisted,
    own_variables,
    project_folder,
    quoted,
)
from simple_deploy_upsun import place
from simple_deploy_upsun.environment import APP, FOLDER, always, building, database, site

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
        build=tuple({**both, **building(), **made_up(settings)}.items()),
        own=expected_variables(settings, answers, names, there=there),
    )


def made_up(settings: Settings) -> dict[str, str]:
    """What the settings cannot be loaded without while the app is built, where Upsun has no database yet."""
    given = {**database(), "DATABASE_URL": "sqlite://:memory:"}
    return {name: given[name] for name in insisted(settings, given)}


def dot_environment(settings: Settings, programs: str) -> str:
    """Lines of ``.environment``, which Upsun runs in dash when the app starts, at each deployment and for whoever logs
    in; empty where none is needed.

    :param programs: the folder of installed programs, relative to the app's; empty where they are on PATH.
    """
    rows = [f'export PATH="$PLATFORM_APP_DIR/{programs}:$PATH"'] if programs else []
    if has_database(settings):
        # The page on PostgreSQL lists the parts of the address alone, and makes the address of them in this file.
        rows += [
            'if [ -z "${DATABASE_URL:-}" ] && [ -n "${DATABASE_HOST:-}" ]; then',
            "    # In an address, a character such as @ is written as %40.",
            "    quote='import os, sys, urllib.parse as url; print(url.quote(os.environ[sys.argv[1]], safe=\"\"))'",
            '    account="$(python3 -I -c "$quote" DATABASE_USERNAME):$(python3 -I -c "$quote" DATABASE_PASSWORD)"',
            '    export DATABASE_URL="pgsql://$account@$DATABASE_HOST:$DATABASE_PORT/$DATABASE_PATH"',
            "fi",
        ]
    return "".join(f"{row}\n" for row in rows)


def read_by(settings: Settings | None) -> tuple[str, ...]:
    """The variables that the project's settings read, and the site gets from this computer."""
    prefixes = ("PLATFORM_", "SIMPLE_DEPLOY_", "POETRY_", "PIPENV_", "UV_", "PYTHON")
    given = ("SOCKET", "PATH", "HOME", "DJANGO_SETTINGS_MODULE", *database())
    return own_variables(settings, given=given, prefixes=prefixes)


def emptied(facts: ProjectFacts, answers: Answers) -> tuple[str, ...]:
    """The variables that the site is to have with nothing in them. Upsun's program takes no such value, so they stand
    in the configuration.
    """
    return tuple(name for name in chosen_variables(answers, read_by(facts.settings)) if name in facts.emptied)


# -- the settings of the site --


def site_settings(facts: ProjectFacts, settings: Settings) -> SiteSettings:
    """What the settings of this project need on Upsun."""
    return SiteSettings(
        platform="Upsun",
        condition='"PLATFORM_APPLICATION_NAME" in _os.environ',
        told_by="Upsun sets PLATFORM_APPLICATION_NAME.",
        setup=(
            "from base64 import b64decode as _b64",
            "from json import loads as _loads",
            "",
            *_uploads(facts, settings),
            "# The routes are packed. While the app is built there are none, and no database either.",
        ),
        secret_key='_os.environ.get("SECRET_KEY") or _os.environ["PLATFORM_PROJECT_ENTROPY"]',
        origins='[f"https://{_host}" for _host in ALLOWED_HOSTS]',
        # e30= is {}, packed.
        hosts='sorted({_at.split("/")[2] for _at in _loads(_b64(_os.environ.get("PLATFORM_ROUTES", "e30=")))})',
        database_url='_os.environ["DATABASE_URL"] if "PLATFORM_ENVIRONMENT" in _os.environ else "sqlite://:memory:"',
    )


def _uploads(facts: ProjectFacts, settings: Settings) -> tuple[str, ...]:
    """Where uploads go, as far as the project does not say it in a way that fits."""
    kept = place.uploads(facts, settings)
    rows = []
    if kept is not None and not kept.own_root:
        rows.append(f'MEDIA_ROOT = {project_folder(settings, facts.location)} / "media"')
    if kept is not None and not kept.own_url:
        rows.append(f"MEDIA_URL = {quoted(f'{kept.path}/')}")
    return ("# Uploads go to the mount, which outlives deployments.", *rows) if rows else ()
