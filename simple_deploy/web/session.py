"""A browser's session: a part of the address that only this browser knows, so that no other port gets its cookie.

Browsers send a cookie to every port of a host. They send it only to addresses below the cookie's path, though: another
program on this computer never sees the cookie of a path that it cannot name.
"""

from __future__ import annotations

import re
import secrets

from simple_deploy.web.host import PREFIX

_ID = re.compile(r"[A-Za-z0-9_-]{24}")


def new() -> str:
    """The id of a new session: 144 random bits."""
    return secrets.token_urlsafe(18)


def home(session: str) -> str:
    """Where the pages of *session* begin, for example ``/simple-deploy/Zr4u…/``; also the path of its cookie."""
    return f"{PREFIX}{session}/"


def split(path: str) -> tuple[str, str]:
    """The session that *path* names, or empty, and what follows its home.

    :param path: one below the prefix, or the prefix without its slash.
    """
    rest = path[len(PREFIX) :]
    first, _, below = rest.partition("/")
    return (first, below) if _ID.fullmatch(first) else ("", rest)
