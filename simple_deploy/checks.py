"""System checks: what in the host stands in the dashboard's way, each with a hint that is the fix."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core import checks
from django.core.management import get_commands

from simple_deploy.core.versions import DJANGO_NEEDED, OLDEST_DJANGO, UPGRADE_DJANGO
from simple_deploy.web.host import MIDDLEWARE, PREFIX, development_server


def register_all() -> None:
    """Register the checks with Django."""
    checks.register(check_host)
    checks.register(check_state_folder)


def check_host(*_: Any, **__: Any) -> list[checks.CheckMessage]:
    """Whether the page can be there at all, and the settings it reads make sense."""
    return [
        message
        for message in (_django_version(), _debug(), _first_in_chain(), _trusted_peers(), _command())
        if message is not None
    ]


def check_state_folder(*_: Any, **__: Any) -> list[checks.CheckMessage]:
    """Whether the tool can keep its notes, when the place for them has been set."""
    folder = _setting("SIMPLE_DEPLOY_STATE_DIR")
    if not folder:
        return []
    path = Path(str(folder)).expanduser()
    nearest = next(each for each in (path, *path.absolute().parents) if each.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return []
    return [
        checks.Error(
            f"The deployment dashboard cannot write to {path}.",
            hint="Set SIMPLE_DEPLOY_STATE_DIR to a folder you may write to, or remove the setting.",
            id="simple_deploy.E001",
        )
    ]


def _django_version() -> checks.CheckMessage | None:
    """A warning, though its id has an E: with an error no server would start, and the page could not explain."""
    if django.VERSION[:2] >= OLDEST_DJANGO:
        return None
    return checks.Warning(
        f"{DJANGO_NEEDED}; this is {django.get_version()}.",
        hint=UPGRADE_DJANGO,
        id="simple_deploy.E002",
    )


def _debug() -> checks.CheckMessage | None:
    if settings.DEBUG or development_server(sys.argv, os.environ) is None:
        return None
    return checks.Warning(
        f"There is no deployment dashboard at {PREFIX}, because DEBUG is off.",
        hint="Set DEBUG = True on your own computer, or use `manage.py deploy`, which needs no page.",
        id="simple_deploy.W001",
    )


def _first_in_chain() -> checks.CheckMessage | None:
    middleware = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in middleware or middleware[0] == MIDDLEWARE:
        return None
    return checks.Warning(
        f"{middleware[0]} runs before the deployment dashboard and may change or block its pages.",
        hint='Another app put it there when it started. List "simple_deploy" last in INSTALLED_APPS.',
        id="simple_deploy.W002",
    )


def _trusted_peers() -> checks.CheckMessage | None:
    value = _setting("SIMPLE_DEPLOY_TRUSTED_PEERS")
    if not value:
        return None
    from simple_deploy.web.access_policy import networks  # few set it, and every command would wait for it

    try:
        networks(value.split(",") if isinstance(value, str) else [str(each) for each in value])
    except ValueError as error:
        return checks.Error(
            f"SIMPLE_DEPLOY_TRUSTED_PEERS is not a list of addresses or networks: {error}.",
            hint="Write it like 172.17.0.0/16,192.168.1.7",
            id="simple_deploy.E003",
        )
    return None


def _setting(name: str) -> Any:
    own = getattr(settings, name, None)
    return own if own is not None else os.environ.get(name)


def _command() -> checks.CheckMessage | None:
    """Django takes the first app in INSTALLED_APPS that has a command of this name."""
    owner = get_commands().get("deploy")
    if owner is None or str(owner) == "simple_deploy":
        return None
    return checks.Warning(
        f"`manage.py deploy` is a command of {owner}, not of the deployment dashboard.",
        hint='List "simple_deploy" before it in INSTALLED_APPS, or use `python -m simple_deploy deploy` instead.',
        id="simple_deploy.W003",
    )
