"""The environment a site runs in: what the settings block reads, secrets, and what this computer needs."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from simple_deploy.api import Hosting, InvalidAnswer, Secret, Settings, StepError, insisted, looks_secret
from simple_deploy_local.sites import HOST, Release, Site
from simple_deploy_local.supervisor import INHERITED

EXAMPLE_PORT = 8001  # of the site that a plan is tried as; the site gets its own when it is made


def new_secret_key() -> str:
    """Safe in a shell, a file and a URL."""
    return secrets.token_urlsafe(50)


def is_given(name: str) -> bool:
    """Whether deploying gives this variable its value."""
    return name in ("DJANGO_SETTINGS_MODULE", "CSRF_TRUSTED_ORIGINS", "PYTHONPATH") or name.startswith("SIMPLE_DEPLOY_")


def is_secret(name: str) -> bool:
    """Whether the value of this variable must not be shown."""
    return looks_secret(name) or name == "EMAIL_URL"


def secrets_in(own: Mapping[str, str]) -> tuple[str, ...]:
    """The values among a site's variables that must not be shown."""
    return tuple(value for name, value in own.items() if is_secret(name))


def read_own(site: Site) -> dict[str, str]:
    """What ``variables.json`` holds: the site's secrets, and what somebody added by hand.

    :raises StepError: it is damaged. It is never replaced then, since the secrets would be lost.
    """
    try:
        own = json.loads(site.variables.read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in own.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise StepError(
            f"{site.variables} cannot be read: {error}.", hint='Fix it by hand; it is JSON: {"NAME": "value"}.'
        ) from error


def for_site(site: Site, release: Release, *, data: Path, module: str, own: Mapping[str, str]) -> dict[str, str]:
    """The variables of *release*.

    :param data: folder of the SQLite databases, which a rehearsal replaces by copies.
    :param module: the settings module.
    :param own: what ``variables.json`` holds.
    """
    return {
        **own,
        "DJANGO_SETTINGS_MODULE": module,
        "CSRF_TRUSTED_ORIGINS": ",".join(origins(site)),
        "SIMPLE_DEPLOY_PLATFORM": "local",
        "SIMPLE_DEPLOY_SITE": site.name,
        "SIMPLE_DEPLOY_DATA": str(data),
        "SIMPLE_DEPLOY_MEDIA": str(site.media),
        "SIMPLE_DEPLOY_STATIC": str(release.static),
    }


def origins(site: Site) -> tuple[str, ...]:
    """Where its pages are opened from, the address that people are told first."""
    here = (f"http://{HOST}:{site.port}", f"http://localhost:{site.port}")
    return tuple(dict.fromkeys((site.address.rstrip("/"), *here)))


def hosting(settings: Settings, *, postgres: bool, takes_own: bool) -> Hosting:
    """What the site finds, with made-up values for what is known only once there is a site.

    :param takes_own: whether it gets the values that variables have on this computer.
    """
    address = f"http://{HOST}:{EXAMPLE_PORT}"
    made_up = {
        "DJANGO_SETTINGS_MODULE": settings.module,
        "SECRET_KEY": "made-up-to-try-the-settings-and-used-nowhere-else",
        "CSRF_TRUSTED_ORIGINS": f"{address},http://localhost:{EXAMPLE_PORT}",
        "SIMPLE_DEPLOY_PLATFORM": "local",
        "SIMPLE_DEPLOY_SITE": "check",
        "SIMPLE_DEPLOY_DATA": ".",
        "SIMPLE_DEPLOY_MEDIA": "media",
        "SIMPLE_DEPLOY_STATIC": "static-collected",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    if postgres:
        made_up["DATABASE_URL"] = f"postgres://{HOST}:1/made-up"
    return Hosting(
        address=f"{address}/",
        site=tuple(made_up.items()),
        # Somebody may have set on the site what its settings cannot do without.
        own=None if takes_own else insisted(settings, settings.variables),
        inherited=INHERITED,
    )


def isolated(variables: Mapping[str, str]) -> dict[str, str | Secret]:
    """*variables* for a child process of the tool, with everything taken away that the site would not have either."""
    removed: dict[str, str | Secret] = {name: "" for name in os.environ if name.upper() not in INHERITED}
    # Settings may insist on a variable that holds nothing; an empty text would take it away.
    hidden = {name: Secret(value) if is_secret(name) or not value else value for name, value in variables.items()}
    return {**removed, **hidden}


def checked_database_url(url: str) -> str:
    """:raises InvalidAnswer: it is no address of a PostgreSQL database."""
    try:
        parts = urlsplit(url)
        complete = parts.scheme in ("postgres", "postgresql") and parts.path.strip("/") and parts.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise InvalidAnswer(
            "The database address is not a PostgreSQL address.",
            hint="It looks like postgres://USER:PASSWORD@HOST:5432/NAME.",
        )
    return url
