"""What the settings name as text and that is nowhere: Django notices when the first visitor asks, or never."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec

from django.conf import settings

from simple_deploy.core.paths import is_module
from simple_deploy.inspection.probe_child.reading import texts

_LISTS = ("MIDDLEWARE", "AUTHENTICATION_BACKENDS", "DATABASE_ROUTERS")
_TABLES = ("STORAGES", "CACHES")
_PLAIN = ("WSGI_APPLICATION", "ASGI_APPLICATION", "ROOT_URLCONF", "SESSION_ENGINE")


def nowhere() -> list[str]:
    """Each as ``SETTING: dotted.name``, in the order of the settings."""
    return [f"{setting}: {name}" for setting, name in dict.fromkeys(_named()) if not _is_there(name, setting)]


def _named() -> Iterator[tuple[str, str]]:
    for setting in _PLAIN:
        if name := getattr(settings, setting, None):
            yield setting, str(name)
    for setting in _LISTS:
        yield from ((setting, name) for name in texts(getattr(settings, setting, ())))
    for setting in _TABLES:
        for entry in getattr(settings, setting, {}).values():
            if name := (entry or {}).get("BACKEND"):
                yield setting, str(name)


def _is_there(name: str, setting: str) -> bool:
    """Whether the module of *name* can be found; it is not imported, only what it lies in is."""
    parts = name.split(".")
    modules = parts if setting in {"ROOT_URLCONF", "SESSION_ENGINE"} else parts[:-1]
    if not modules or not is_module(name):
        return True  # not a dotted name: Django says so itself
    for length in range(1, len(modules) + 1):
        module = ".".join(modules[:length])
        around = sys.modules.get(module.rpartition(".")[0])
        if module not in sys.modules and hasattr(around, modules[length - 1]):
            return True  # a class, with the rest inside it
        try:
            if find_spec(module) is None:
                return False
        except ModuleNotFoundError as error:
            return not (error.name and f"{module}.".startswith(f"{error.name}."))
        except ValueError:
            return True  # loaded in a way that leaves no trace
    return True
