"""What the command lines in a text do for a Django project: serve it, migrate it, install its packages. Pure.

The text may be a Dockerfile, a Procfile, a shell script, YAML, TOML or JSON: what counts are the words of a command,
which look alike in all of them. Sources: the command-line references of gunicorn, uvicorn, hypercorn, daphne, granian,
waitress, uWSGI, pip, uv, Poetry and Pipenv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Programs that serve a Django project, and whether each takes the port from the variable PORT by itself.
SERVERS = {
    "gunicorn": True,
    "uvicorn": False,
    "hypercorn": False,
    "daphne": False,
    "granian": False,
    "waitress-serve": False,
    "uwsgi": False,
}
RUNSERVER = "runserver"
_MANAGE = re.compile(r"(?:.*/)?(?:manage\.py|django-admin(?:\.py)?)")
_APPLICATION = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?::[A-Za-z_][\w.]*(?:\(\))?)?")
_ADDRESS = re.compile(r"(?:(?P<host>\[[^]]*\]|[\w.*-]*):)?(?:(?P<port>\d{2,5})|\$\{?PORT(?::?-(?P<default>\d+))?\}?)")
_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
_BINDING = ("-b", "--bind", "-p", "--port", "--http", "--http-socket", "--listen", "-e", "--endpoint")
_NAMING = ("--module", "--wsgi-file")  # uWSGI's
_HOST = ("--host", "-h", "--interface")
#: gunicorn's, uvicorn's and the others' options that take a value, as far as the value could pass for an application.
_VALUED = (
    *("-k", "--worker-class", "-w", "--workers", "-t", "--timeout", "--name", "-n", "--log-level", "--log-file"),
    *("--access-logfile", "--error-logfile", "--chdir", "--pythonpath", "-c", "--config", "--threads", "-u", "-g"),
    *("--user", "--group", "--env", "--interface", "--loop", "--http", "--ws", "--log-config", "--app-dir", "--static"),
    *("--worker-tmp-dir", "--keep-alive", "--graceful-timeout", "--max-requests", "--proxy-headers-from"),
)


@dataclass
class Doings:
    """What was read so far; see :class:`~simple_deploy.core.facts.ExistingFile`."""

    manages: list[str] = field(default_factory=list)
    applications: list[str] = field(default_factory=list)
    servers: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    reads_port: bool = False
    everywhere: bool = False
    configured: bool = False
    installs: list[str] = field(default_factory=list)
    managers: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)


def read(text: str) -> Doings:
    """What the commands in *text* do. Lines that are comments count for nothing."""
    found = Doings()
    for words in _commands(text):
        _manage(words, found)
        _serve(words, found)
        _install(words, found)
    return found


def _commands(text: str) -> Iterator[list[str]]:
    """The words of each command."""
    rows = "\n".join(row for row in text.splitlines() if not row.lstrip().startswith("#"))
    joined = re.sub(r"\\\n", " ", rows)
    for command in re.split(r"\n|&&|\|\||;|(?<!\|)\|(?!\|)", joined):
        # Lists of words, as JSON and YAML write them, and what quotes a command in a file of another kind.
        if words := re.sub(r"(?<!\$)[\[\],\"'`]", " ", command.replace("[::]", "*")).split():
            yield words


def _manage(words: list[str], found: Doings) -> None:
    for number, word in enumerate(words[:-1]):
        if not _MANAGE.fullmatch(word):
            continue
        command = words[number + 1]
        found.manages.append(command)
        if command == RUNSERVER:
            found.servers.append(RUNSERVER)
            rest = [each for each in words[number + 2 :] if not each.startswith("-")]
            _listen(rest[0] if rest and _ADDRESS.fullmatch(rest[0]) else "127.0.0.1:8000", found, alone="127.0.0.1")


def _serve(words: list[str], found: Doings) -> None:
    at = next((number for number, word in enumerate(words) if word.rpartition("/")[2] in SERVERS), None)
    if at is None or _installing(words):
        return
    server, rest = words[at].rpartition("/")[2], words[at + 1 :]
    application, addresses, host = _arguments(server, rest)
    configured = any(_names_configuration(word) for word in rest)
    if application is None and not addresses and not configured:
        return  # only its name stands there
    found.servers.append(server)
    if application:
        found.applications.append(application)
    for address in addresses:
        _listen(address, found, alone=host or ("*" if server in {"waitress-serve", "granian"} else "127.0.0.1"))
    found.configured |= configured
    if not addresses:
        # gunicorn takes PORT, and listens everywhere then; the others have a port of their own on this computer.
        found.reads_port |= SERVERS[server]
        found.everywhere |= SERVERS[server] or host in {"0.0.0.0", "*", "::"}


def _arguments(server: str, words: list[str]) -> tuple[str | None, list[str], str]:
    application, addresses, host = None, [], ""
    taken = ""
    for word in words:
        name, _, value = word.partition("=")
        if word.startswith("-b") and len(word) > len("-b"):
            name, value = "-b", word[len("-b") :]
        if taken:
            name, value, taken = taken, word, ""
        elif word in _BINDING or word in _HOST or word in _VALUED or word in _NAMING:
            taken = word
            continue
        if name in _HOST and not (name == "--interface" and server == "granian"):
            host = value
        elif name in _BINDING and _ADDRESS.fullmatch(value.removeprefix("tcp:")):
            addresses.append(value)
        elif name in _NAMING or (name == "-w" and server == "uwsgi"):
            application = value.removesuffix(".py").replace("/", ".")
        elif name == word and application is None and _is_application(word):
            application = word
    return application, addresses, host


def _is_application(word: str) -> bool:
    return bool(_APPLICATION.fullmatch(word)) and ("." in word or ":" in word) and not word.endswith((".py", ".sh"))


def _names_configuration(word: str) -> bool:
    """Whether *word* belongs to a file that says more, such as ``--config gunicorn.conf.py`` or ``uwsgi.ini``."""
    return word.partition("=")[0] in {"-c", "--config", "--ini"} or word.endswith(".ini")


def _listen(address: str, found: Doings, *, alone: str) -> None:
    match = _ADDRESS.fullmatch(address.removeprefix("tcp:"))
    if match is None:
        return
    host = alone if match["host"] is None else match["host"]
    found.everywhere |= host not in _LOCAL
    port = match["port"] or match["default"]
    found.reads_port |= match["port"] is None
    if port:
        found.ports.append(int(port))


def _installing(words: list[str]) -> bool:
    return "install" in words or "add" in words


def _install(words: list[str], found: Doings) -> None:
    names = [word.rpartition("/")[2] for word in words]
    if any(name in {"pip", "pip3"} for name in names) and "install" in names:
        _pip(words[names.index("install") + 1 :], found)
    elif "uv" in names and "sync" in names:
        _named(words, "uv", ("--group", "--only-group"), found)
    elif "poetry" in names and "install" in names:
        _poetry(words, found)
    elif "pipenv" in names and ("install" in names or "sync" in names):
        _named(words, "pipenv", ("--categories",), found)


def _pip(words: list[str], found: Doings) -> None:
    file = False
    for word in words:
        if file:
            found.installs.append(word.removeprefix("./").removeprefix("/"))
        elif word.startswith(("-r", "--requirement=")) and word not in {"-r", "--requirement"}:
            found.installs.append(word.removeprefix("--requirement=").removeprefix("-r"))
        elif name := re.fullmatch(r"([A-Za-z][\w.-]*)(?:\[.*\]?)?(?:[=<>~!].*)?", word):
            found.packages.append(re.sub(r"[-_.]+", "-", name[1]).lower())
        file = word in {"-r", "--requirement"}
    found.managers.append("pip")


def _named(words: list[str], manager: str, flags: tuple[str, ...], found: Doings) -> None:
    found.managers.append(manager)
    if "--all-groups" in words:
        found.groups.append("*")
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in flags:
            # A list of groups may have been one quoted word.
            rest = [value] if equals else words[number + 1 :]
            for each in rest:
                if each.startswith("-"):
                    break
                found.groups += each.split(",")


def _poetry(words: list[str], found: Doings) -> None:
    """Poetry installs every group that is not optional, unless it is told otherwise."""
    limited = any(word.partition("=")[0] in {"--only", "--no-dev", "--only-root"} for word in words)
    _named(words, "poetry", ("--only", "--with"), found)
    if not limited:
        found.groups.append("*")
