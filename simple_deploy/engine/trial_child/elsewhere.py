"""What tells a project that it does not run where it was written: no repository, and a computer of another name."""

from __future__ import annotations

import errno
import os
import platform
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

#: Like no computer that a person gave a name to.
NAME = "a-platform"


def without_repository() -> None:
    """Let neither git nor the project's own code find a repository: what is deployed has none."""
    os.environ["GIT_DIR"] = os.devnull
    sys.addaudithook(_refuse)


def another_computer() -> None:
    """Give the computer another name. Nobody has logged in to it, either."""

    def name(*_: object) -> str:
        return NAME

    def nobody() -> NoReturn:
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))

    def found(ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(host: Any, *rest: Any, **named: Any) -> Any:
            return ask("localhost" if host == NAME else host, *rest, **named)

        return asked

    known = platform.uname()
    replaced: list[tuple[Any, str, Any]] = [
        (socket, "gethostname", name),
        (socket, "getfqdn", name),
        (platform, "node", name),
        (platform, "uname", lambda: known._replace(node=NAME)),
        (os, "getlogin", nobody),
        *((socket, ask, found(getattr(socket, ask))) for ask in ("gethostbyname", "gethostbyname_ex", "getaddrinfo")),
    ]
    if sys.platform != "win32":
        system, _, *rest = os.uname()
        told = os.uname_result((system, NAME, *rest))
        replaced.append((os, "uname", lambda: told))
    for where, attribute, value in replaced:
        setattr(where, attribute, value)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = os.fsdecode(arguments[0])
        if ".git" in path.replace(os.sep, "/").split("/"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
