"""Real development servers for tests: started, asked over the network, ended with everything they started."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from simple_deploy.engine import process


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Server:
    """A running server.

    :param log: what it prints.
    """

    port: int
    log: Path
    pid: int
    host: str = "127.0.0.1"
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        """The dashboard's address, as it stands in the terminal."""
        return waited(lambda: re.search(r"http://\S+/simple-deploy/\?code=\S+", self.output))[0]

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def base(self) -> str:
        return f"http://{self.name}"

    @property
    def name(self) -> str:
        """Host and port, as they stand in an address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def connect(self) -> http.client.HTTPConnection:
        """A connection; a server that is just reloading is waited for."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        waited(lambda: connection.connect() or True)
        return connection

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        connection = self.connect()
        sent = {
            "Accept-Encoding": "gzip",
            **self.headers,
            **({"Cookie": self.cookie} if self.cookie else {}),
            **headers,
        }
        connection.request(method, path, body or None, {name.replace("_", "-"): value for name, value in sent.items()})
        response = connection.getresponse()
        cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
        with response:
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, cookies, response.read())
        connection.close()
        return answer

    def enter(self) -> None:
        """Show the access code, and keep the cookie."""
        parts = urlsplit(self.link)
        answer = self.ask("GET", f"{parts.path}?{parts.query}")
        assert answer.status == 302, answer
        self.cookie = answer.cookies[0].partition(";")[0]

    def post(self, path: str, **form: str) -> Answer:
        page = self.ask("GET", "/simple-deploy/platforms/toy/").text
        token = re.search(r'name="token" value="(\w+)"', page)
        assert token, page
        return self.ask(
            "POST",
            path,
            urlencode({"token": token[1], **form}),
            Origin=self.base,
            Content_Type="application/x-www-form-urlencoded",
        )


def waited(condition: object, within: float = 120.0) -> object:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            found = condition()  # type: ignore[operator]
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {within} s in vain")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def commands(port: int, host: str = "127.0.0.1") -> dict[str, list[str]]:
    python = sys.executable
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {
        "runserver": [python, "manage.py", "runserver", place],
        "runserver without reload": [python, "manage.py", "runserver", "--noreload", place],
        "runserver without threads": [python, "manage.py", "runserver", "--noreload", "--nothreading", place],
        "uvicorn": [python, "-m", "uvicorn", "mysite.asgi:application", "--reload", "--host", host, "--port", str(port), "--timeout-graceful-shutdown", "1"],
    }  # fmt: skip


@contextmanager
def serving(
    project: Path, env: Mapping[str, str], kind: str = "runserver without reload", *, host: str = "127.0.0.1"
) -> Iterator[Server]:
    """Start a development server for *project*; it answers when this is entered.

    :param host: the address it listens on; one of all addresses is asked at this computer's own.
    """
    port = free_port()
    log = project.parent / f"server-{port}.log"
    with log.open("wb") as file:
        started = subprocess.Popen(
            commands(port, host)[kind],
            cwd=project,
            env={**env, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            **process.own_group(),
        )
    server = Server(port, log, started.pid, host={"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host))
    try:
        try:
            waited(lambda: socket.create_connection((server.host, port), 1).close() or True)
        except AssertionError:
            raise AssertionError(server.output) from None
        yield server
    finally:
        process.kill_tree(started.pid)
        started.wait()
        server.log.unlink(missing_ok=True)
