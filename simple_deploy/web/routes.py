"""Addresses to views and back, whatever the host's URLconf, script name, language and slash settings are."""

from __future__ import annotations

from django.urls import ResolverMatch, URLResolver, get_resolver

from simple_deploy.web.host import PREFIX

_URLCONF = "simple_deploy.web.urls"


def _resolver() -> URLResolver:
    return get_resolver(_URLCONF)  # Django keeps it


def address(name: str, *arguments: str) -> str:
    """The path of a page, for example ``/simple-deploy/runs/…/``."""
    return PREFIX + str(_resolver().reverse(name, *arguments))


def find(path: str) -> ResolverMatch:
    """The view for *path*, which starts with the prefix. :raises django.urls.Resolver404: there is none."""
    return _resolver().resolve("/" + path.removeprefix(PREFIX))
