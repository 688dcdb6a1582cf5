"""What a site finds on Fly.io: its variables, and the settings made of them. Pure.

Sources: fly.io/docs/machines/runtime-environment (FLY_APP_NAME is set in every machine),
fly.io/docs/reference/configuration (RELEASE_COMMAND, in the machine of a release command),
fly.io/docs/networking/request-headers (X-Forwarded-Proto); github.com/docker-library/python, Dockerfile-linux.template
(what Python's image sets). None of Fly.io's own variables is there while the image is built: there the Dockerfile makes
up what the settings ask for.
"""

from __future__ import annotations

from collections.abc import Collection

from simple_deploy.api import (
    PROJECT_VARIABLE,
    Answers,
    Hosting,
    Settings,
    SiteSettings,
    debug_off,
    expected_variables,
    own_variables,
    uses_uploads,
)
from simple_deploy_flyio import names as fly_names
from simple_deploy_flyio.dockerfile import made_up
from simple_deploy_flyio.environment import machine
from simple_deploy_flyio.flytoml import FlyToml

SECRET_KEY = "made-up-to-try-the-settings-and-used-nowhere-else-0123456789"
#: Versions of Python whose image sets LANG, and whose archive is signed with GnuPG.
_WITH_LANG = frozenset({"3.10", "3.11", "3.12"})
_WITH_GPG_KEY = _WITH_LANG | {"3.13"}
POSTGRES = "postgres://site@top2.nearest.of.site-db.internal:5432/site"


def hosting(
    toml: FlyToml, settings: Settings, answers: Answers, *, database: bool, python: str, there: Collection[str]
) -> Hosting:
    """What the site finds, with made-up values for what is known only once it runs.

    :param toml: how Fly.io runs the site.
    :param database: whether the site has one; its address is a secret unless *toml* holds it.
    :param python: version of the image's Python, such as ``3.13``.
    :param there: the secrets that the app has already.
    """
    names = read_by(settings)
    secrets = {"SECRET_KEY": SECRET_KEY, f"{PROJECT_VARIABLE}_0123456789AB": "yes", **debug_off(names)}
    if database:
        secrets["DATABASE_URL"] = POSTGRES
    running = {**image(python, settings), **machine(toml.app, toml.region), **secrets, **toml.env}
    return Hosting(
        address=fly_names.url(toml.app),
        site=tuple(running.items()),
        build=tuple({**image(python, settings), **made_up(settings, database=database)}.items()),
        release=tuple({**running, "RELEASE_COMMAND": "1"}.items()) if toml.migrate else None,
        own=expected_variables(settings, answers, names, there=there),
        own_at_build=False,
    )


def image(python: str, settings: Settings) -> dict[str, str]:
    """Every variable that the image sets: those of the image it begins with, and what the Dockerfile adds."""
    return {
        **({"LANG": "C.UTF-8"} if python in _WITH_LANG else {}),
        **({"GPG_KEY": "0" * 40} if python in _WITH_GPG_KEY else {}),
        "PYTHON_VERSION": f"{python}.0",
        "PYTHON_SHA256": "0" * 64,
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": settings.module,
    }


def read_by(settings: Settings | None) -> tuple[str, ...]:
    """The variables that the project's settings read and the site may need."""
    given = ("SECRET_KEY", "DATABASE_URL", "MEDIA_ROOT", "SITE_DOMAINS", "DJANGO_SETTINGS_MODULE", "PRIMARY_REGION")
    return own_variables(settings, given=given, prefixes=("FLY_",))


def site_settings(settings: Settings, *, volume: bool) -> SiteSettings:
    """What the settings need on Fly.io.

    :param volume: the site has a volume, which keeps uploaded files too.
    """
    uploads = (
        "# Uploaded files are kept on the volume, beside the database.",
        f'MEDIA_ROOT = _Path(_os.environ.get("MEDIA_ROOT", "{fly_names.DATA}/media"))',
    )
    return SiteSettings(
        platform="Fly.io",
        condition='"FLY_APP_NAME" in _os.environ',
        told_by="Fly.io sets FLY_APP_NAME.",
        setup=(
            *(uploads if volume and uses_uploads(settings) else ()),
            "# Domains of your own: SITE_DOMAINS, with commas between them. `manage.py deploy --add-domain` sets it.",
            '_domains = [_name for _name in _os.environ.get("SITE_DOMAINS", "").split(",") if _name]',
        ),
        hosts="[f\"{_os.environ['FLY_APP_NAME']}.fly.dev\", *_domains]",
        origins='[f"https://{_host}" for _host in ALLOWED_HOSTS]',
    )
