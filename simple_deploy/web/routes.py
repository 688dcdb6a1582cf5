"""Addresses to views and back, whatever the host's URLconf, script name, language and slash settings are.

The pages of a rehearsal are the same pages below ``rehearsals/<platform>/``, about the copy of the project there.
"""

from __future__ import annotations

from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver

_URLCONF = "simple_deploy.web.urls"
_REHEARSALS = "rehearsals/"


def _resolver() -> URLResolver:
    return get_resolver(_URLCONF)  # Django keeps it


def address(home: str, name: str, *arguments: str, stage: str = "") -> str:
    """The path of a page, for example ``/simple-deploy/Zr4u…/runs/…/``.

    :param home: where the pages of the visitor's session begin.
    :param stage: the platform whose rehearsal the page is about; empty for the project itself.
    """
    below = f"{_REHEARSALS}{stage}/" if stage and name != "static" else ""
    return f"{home}{below}{_resolver().reverse(name, *arguments)}"


def find(rest: str) -> tuple[str, ResolverMatch]:
    """The rehearsal that an address is about (or empty), and the view.

    :param rest: what follows the home of the session.

    :raises django.urls.Resolver404: there is none.
    """
    stage = ""
    if rest.startswith(_REHEARSALS):
        stage, _, rest = rest.removeprefix(_REHEARSALS).partition("/")
        if not stage:
            raise Resolver404
    return stage, _resolver().resolve("/" + rest)
