"""A real PostgreSQL server for the whole test run, with an empty database for whoever asks."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import needs_program
from tests.support.ports import free_port
from tests.support.waiting import waited

PROGRAMS = ("pg_isready", "initdb", "postgres", "createdb", "psql")


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A server that speaks TLS too, as those of platforms do.

    :param programs: the folder of its programs.
    """

    programs: Path
    port: int
    user: str = "ada"

    def database(self, *, password: str = "a-password-nobody-may-see") -> str:
        """The address of a new, empty database. The server takes any password."""
        name = f"test_{secrets.token_hex(4)}"
        self.run("createdb", name)
        return f"postgres://{self.user}:{password}@127.0.0.1:{self.port}/{name}"

    def query(self, url: str, sql: str) -> str:
        """What a query returns, without heads, one row a line."""
        return self.run("psql", "--no-psqlrc", "--tuples-only", "--no-align", "-c", sql, url.rpartition("/")[2])

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's own programs on this server."""
        place = ("-h", "127.0.0.1", "-p", str(self.port), "-U", self.user)
        done = subprocess.run(
            [str(self.programs / program), *place, *arguments], check=True, capture_output=True, encoding="utf-8"
        )
        return done.stdout.strip()


def programs_of_postgresql() -> Path:
    """The folder with the server's programs; on Debian it is not on PATH."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.get_exec_path())]
    complete = [folder for folder in folders if all((folder / name).is_file() for name in PROGRAMS)]
    return complete[0] if complete else Path(needs_program("pg_isready")).parent


@contextmanager
def running() -> Iterator[Postgres]:
    """A server of its own, until the end of the block."""
    programs = programs_of_postgresql()
    # Not below pytest's own folder, which only its user may enter: the server does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    certificate = _certificate(folder)
    as_user: list[str] = []
    if sys.platform != "win32" and os.getuid() == 0:
        for path in (folder, *certificate):
            shutil.chown(path, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    server = Postgres(programs=programs, port=free_port())
    data = folder / "data"
    subprocess.run(
        [*as_user, str(programs / "initdb"), "-D", str(data), "-U", server.user, "-A", "trust", "-N", "-E", "UTF8"],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        **dict(zip(("ssl_cert_file", "ssl_key_file"), map(str, certificate), strict=False)),
        "ssl": "on" if certificate else "off",
    }
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    process = subprocess.Popen(
        [*as_user, str(programs / "postgres"), "-D", str(data), "-p", str(server.port), *settings],
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _wait_for(server: Postgres, process: subprocess.Popen[bytes]) -> None:
    ready = [str(server.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(server.port), "-d", "postgres"]

    def answers() -> bool:
        assert process.poll() is None, f"PostgreSQL ended with exit code {process.returncode}"
        return subprocess.run([*ready, "-U", server.user], check=False).returncode == 0

    waited(answers, "PostgreSQL's first answer")


def _certificate(folder: Path) -> tuple[Path, ...]:
    """A certificate and its key, made for this server; nothing where openssl is not installed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return ()
    certificate, key = folder / "server.crt", folder / "server.key"
    argv = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*argv, "-out", str(certificate), "-keyout", str(key)], check=True, stderr=subprocess.DEVNULL)
    key.chmod(0o600)
    return certificate, key
