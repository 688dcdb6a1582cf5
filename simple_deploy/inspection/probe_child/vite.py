"""Where django-vite reads the list of what Vite built, on a deployed site.

Sources: django-vite's README (DJANGO_VITE, and DJANGO_VITE_MANIFEST_PATH before its version 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings

#: A file in the folder that Vite makes since its version 5.
_HIDDEN = ".vite"


def collected_manifests() -> Iterator[str]:
    """The files below STATIC_ROOT that it reads; none where collectstatic also takes names that begin with a dot."""
    if not apps.is_installed("django_vite") or not apps.is_installed("django.contrib.staticfiles"):
        return
    patterns = getattr(apps.get_app_config("staticfiles"), "ignore_patterns", ())
    if not any(fnmatchcase(_HIDDEN, pattern) for pattern in patterns):
        return
    root = Path(settings.STATIC_ROOT or "static-root").absolute()
    for given in _given():
        named = given.get("manifest_path")
        path = Path(named) if named else root / str(given.get("static_url_prefix") or "") / "manifest.json"
        if path.absolute().is_relative_to(root):
            yield path.absolute().relative_to(root).as_posix()


def _given() -> Iterator[Mapping[str, Any]]:
    apart = getattr(settings, "DJANGO_VITE", None)
    if isinstance(apart, Mapping):
        yield from (each for each in apart.values() if isinstance(each, Mapping))
        return
    yield {
        "manifest_path": getattr(settings, "DJANGO_VITE_MANIFEST_PATH", None),
        "static_url_prefix": getattr(settings, "DJANGO_VITE_STATIC_URL_PREFIX", ""),
    }
