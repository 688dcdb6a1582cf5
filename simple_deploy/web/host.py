"""What the host process is: a development server or something else, and where it answers.

Read at start-up of every command of the host project, so this imports nothing but the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PREFIX = "/simple-deploy/"
MIDDLEWARE = "simple_deploy.web.middleware.DashboardMiddleware"
OLD_DJANGO = "simple_deploy.web.old_django.explain"

_ADDRESS = re.compile(r"(?:(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):)?(?P<port>\d{1,5})")
_TAKE_A_VALUE = frozenset({"-v", "--verbosity", "--settings", "--pythonpath"})
_RELOADING = frozenset({"uvicorn", "hypercorn", "granian"})
_EVERYWHERE = frozenset({"0.0.0.0", "[::]", "::", "0", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A development server.

    :param host: as it stands in an address; an IPv6 one in brackets.
    :param threads: whether it answers several requests at a time.
    """

    name: str
    host: str = "127.0.0.1"
    port: int = 8000
    threads: bool = True

    @property
    def address(self) -> str:
        """Where a browser on this computer finds it, without a slash at the end."""
        host = "127.0.0.1" if self.host in _EVERYWHERE else self.host
        return f"http://{host}:{self.port}"


def development_server(argv: Sequence[str], environ: Mapping[str, str]) -> Server | None:
    """The development server this process was started as, told by its command line; None when it is none."""
    program = _program(argv)
    if program in _RELOADING:
        return _reloading_server(program, argv[1:], environ)
    words = [word for word in argv[1:2] if not word.startswith("-")]
    if words and "runserver" in words[0].replace("runsslserver", "runserver"):
        return _runserver(words[0], argv[2:])
    return None


def truth(value: object) -> bool | None:
    """A setting as yes or no; None when it is not set."""
    if value is None or value == "":
        return None
    return value if isinstance(value, bool) else str(value).strip().lower() in {"1", "true", "yes", "on"}


def opens(*, debug: bool, enabled: object, server: Server | None) -> bool:
    """Whether the dashboard is there at all.

    :param enabled: the setting or variable ``SIMPLE_DEPLOY_ENABLED``; it overrides what the command line says.
    """
    wanted = truth(enabled)
    return debug and (server is not None if wanted is None else wanted)


def _program(argv: Sequence[str]) -> str:
    if not argv:
        return ""
    path = Path(argv[0])
    return path.parent.name if path.name == "__main__.py" else path.stem


def _runserver(name: str, arguments: Sequence[str]) -> Server:
    ipv6 = "-6" in arguments or "--ipv6" in arguments
    host = "[::1]" if ipv6 else "127.0.0.1"
    threads = "--nothreading" not in arguments
    for before, word in zip(["", *arguments], arguments, strict=False):
        match = _ADDRESS.fullmatch(word)
        if match and before not in _TAKE_A_VALUE:
            return Server(name=name, host=match["host"] or host, port=int(match["port"]), threads=threads)
    return Server(name=name, host=host, threads=threads)


def _reloading_server(name: str, arguments: Sequence[str], environ: Mapping[str, str]) -> Server | None:
    prefix = name.upper()
    if "--reload" not in arguments and not truth(environ.get(f"{prefix}_RELOAD")):
        return None
    host = _value(arguments, "--host") or environ.get(f"{prefix}_HOST") or "127.0.0.1"
    port = _value(arguments, "--port") or environ.get(f"{prefix}_PORT") or "8000"
    bound = _ADDRESS.fullmatch(_value(arguments, "--bind") or _value(arguments, "-b"))
    if bound:
        host, port = bound["host"] or host, bound["port"]
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return Server(name=name, host=host, port=int(port) if port.isdigit() else 8000)


def _value(arguments: Sequence[str], option: str) -> str:
    for index, word in enumerate(arguments):
        if word == option and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith(option + "="):
            return word.partition("=")[2]
    return ""
