"""Pages of the project that can be asked for without knowing anything about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve, reverse
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern, URLResolver

_NOT_THE_SITE = frozenset({"admin", "djdt", "debug_toolbar", "django_browser_reload", "silk", "hijack"})
_SPECIAL = re.compile(r"[()\[\]{}*+?|\\^$]")
_ESCAPED = re.compile(r"\\([./\-_ ])")
_LONGEST = 5_000  # patterns looked at


def first() -> str | None:
    """``/`` when it leads somewhere, else the first address without parameters that is not the admin."""
    if not _has_addresses():
        return None
    if _leads_somewhere("/"):
        return "/"
    found = [f"/{path}" for path, _ in zip(_paths(get_resolver(), ""), range(_LONGEST), strict=False)]
    pages = [path for path in found if "." not in path.rsplit("/", 1)[-1]]
    return next((path for path in (*pages, *found) if _leads_somewhere(path)), None)


def admin() -> str | None:
    if not _has_addresses():
        return None
    try:
        return reverse("admin:index")
    except NoReverseMatch:
        return None


def _has_addresses() -> bool:
    """Whether there is a ROOT_URLCONF; Django's own check has nothing against a project that only runs commands."""
    return bool(getattr(settings, "ROOT_URLCONF", None))


def _leads_somewhere(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _paths(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        text = _plain(entry.pattern)
        if text is None or (prefix + text).startswith("__"):
            continue
        if isinstance(entry, URLResolver):
            if _NOT_THE_SITE.isdisjoint({entry.app_name, entry.namespace}):
                yield from _paths(entry, prefix + text)
        elif _answers_get(entry.callback):
            yield prefix + text


def _answers_get(view: Any) -> bool:
    view_class = getattr(view, "view_class", None)
    return view_class is None or hasattr(view_class, "get")


def _plain(pattern: object) -> str | None:
    """The text a pattern stands for, or None when it has parameters."""
    if isinstance(pattern, LocalePrefixPattern):
        return str(pattern.language_prefix)
    text = str(pattern)
    if isinstance(pattern, RoutePattern):
        return None if "<" in text else text
    if isinstance(pattern, RegexPattern):
        text = _ESCAPED.sub(r"\1", text.removeprefix("^").removesuffix("$").removesuffix(r"\Z"))
        return None if _SPECIAL.search(text) else text
    return None
