"""Load the settings, then the apps: the two things that Django itself can refuse."""

from __future__ import annotations

from types import TracebackType

import django
from django.apps import AppConfig, apps
from django.conf import settings

from simple_deploy.inspection.probe_child.databases import not_asked


def load_settings() -> None:
    """:raises BaseException: Django, or the project itself, does not load them."""
    settings.DEBUG  # noqa: B018 - Django loads all of them when it is asked for the first


def load_apps() -> list[BaseException]:
    """What ``django.setup()`` does; returns why apps were not started that wanted to ask a database at once.

    :raises BaseException: Django, or the project itself, does not load them.
    """
    settings.LOGGING_CONFIG = None  # handlers that write log files are not needed here
    try:
        django.setup()
    except Exception as error:
        if not (not_asked(error) and apps.models_ready):
            raise
        return [error, *_start_the_others(_starting(error.__traceback__))]
    return []


def _starting(trace: TracebackType | None) -> AppConfig | None:
    """The app whose ``ready()`` failed."""
    while trace is not None:
        if trace.tb_frame.f_code is apps.populate.__func__.__code__:  # type: ignore[attr-defined]
            found = trace.tb_frame.f_locals.get("app_config")
            return found if isinstance(found, AppConfig) else None
        trace = trace.tb_next
    return None


def _start_the_others(failed: AppConfig | None) -> list[BaseException]:
    """Go on as Django would have, had the database answered."""
    configs = list(apps.app_configs.values())
    refused: list[BaseException] = []
    for config in configs[configs.index(failed) + 1 :] if failed in configs else ():
        try:
            config.ready()
        except Exception as error:
            if not not_asked(error):
                raise
            refused.append(error)
    apps.ready = True
    apps.ready_event.set()
    return refused
