"""Real development servers for tests: started, asked over the network, ended with everything they started."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from simple_deploy.system import process
from tests.support.ports import free_port, wait_until_it_listens
from tests.support.waiting import waited

#: Where everybody begins, and where only the pages that ask for the access code are.
HOME = "/simple-deploy/"


def public(address: str) -> str:
    """*address* without the part that is the session's own."""
    return re.sub(rf"{HOME}[\w-]{{24}}/", HOME, address)


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
    :param home: where the pages of the session begin, once the access code was shown.
    """

    port: int
    log: Path
    pid: int
    host: str = "127.0.0.1"
    cookie: str = ""
    home: str = HOME
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        """The dashboard's address, as it stands in the terminal."""
        return waited(lambda: re.findall(r"http://\S+/simple-deploy/\?code=\S+", self.output))[-1]

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

    def within(self, path: str) -> str:
        """*path* below ``/simple-deploy/`` as an address of the session."""
        own = path.startswith(HOME) and path == public(path)
        return self.home + path.removeprefix(HOME) if own else path

    def connect(self) -> http.client.HTTPConnection:
        """A connection; a server that is just reloading is waited for."""
        connection = http.client.HTTPConnection(self.host, self.port)
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
        given = {name.replace("_", "-"): value for name, value in sent.items()}
        connection.request(method, self.within(path), body or None, given)
        response = connection.getresponse()
        cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
        with response:
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, cookies, response.read())
        connection.close()
        return answer

    def enter(self) -> None:
        """Show the access code, and keep the address and the cookie of the session."""
        self.home, self.cookie = HOME, ""
        parts = urlsplit(self.link)
        answer = self.ask("GET", f"{parts.path}?{parts.query}")
        assert answer.status == 302, answer
        self.home, self.cookie = answer.headers["location"], answer.cookies[0].partition(";")[0]

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


def commands(port: int, host: str = "127.0.0.1", python: str = sys.executable) -> dict[str, list[str]]:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {
        "runserver": [python, "manage.py", "runserver", place],
        "runserver without reload": [python, "manage.py", "runserver", "--noreload", place],
        "runserver without threads": [python, "manage.py", "runserver", "--noreload", "--nothreading", place],
        "hypercorn": [python, "-m", "hypercorn", "mysite.asgi:application", "--reload", "--bind", place, "--access-logfile", "-"],
        "granian": [python, "-m", "granian", "--interface", "asgi", "--reload", "--reload-ignore-dirs", ".simple_deploy", "--host", host, "--port", str(port), "--access-log", "mysite.asgi:application"],
        "uvicorn": [python, "-m", "uvicorn", "mysite.asgi:application", "--reload", "--host", host, "--port", str(port), "--timeout-graceful-shutdown", "1"],
    }  # fmt: skip


@contextmanager
def serving(
    project: Path,
    env: Mapping[str, str],
    kind: str = "runserver without reload",
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    readable: bool = False,
    python: str = sys.executable,
) -> Iterator[Server]:
    """Start a development server for *project*; it answers when this is entered.

    :param host: the address it listens on; one of all addresses is asked at this computer's own.
    :param port: where; one that is free when none is given.
    :param readable: whether others may read what it prints.
    :param python: the interpreter that runs it.
    """
    port = port or free_port(host)
    log = project.parent / f"server-{port}.log"
    log.touch()
    log.chmod(0o644 if readable else 0o600)
    with log.open("wb") as file:
        started = subprocess.Popen(
            commands(port, host, python)[kind],
            cwd=project,
            env={**env, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            **process.own_group(),
        )
    server = Server(port, log, started.pid, host={"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host))
    try:
        wait_until_it_listens(started, port, server.host, log=log)
        yield server
    finally:
        process.kill_tree(started.pid)
        started.wait()
        server.log.unlink(missing_ok=True)
