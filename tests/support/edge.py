"""A platform's edge, for tests: it takes https requests for a host and hands them on to a server over plain http."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from simple_deploy.system import process
from tests.support.ports import wait_until_it_listens

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_STYLESHEET = re.compile(r'<link rel="stylesheet" href="([^"]+\.css)"')
_HASHED = re.compile(r"\.[0-9a-f]{12}\.css$")
_DEBUG_PAGE = re.compile(r"DEBUG\s*=\s*True|Django tried these URL patterns", re.I)


@dataclass(frozen=True)
class Answer:
    """:param headers: their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Edge:
    """A visitor with a browser, behind the platform's proxy.

    :param port: where the server listens on this computer.
    :param host: the name the visitor typed.
    :param headers: what this platform's proxy adds to every request besides X-Forwarded-Proto and X-Forwarded-For.
    """

    port: int
    host: str
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, *, scheme: str = "https", host: str | None = None) -> Answer:
        return self.ask("GET", path, scheme=scheme, host=host)

    def post(self, path: str, **fields: str) -> Answer:
        """Fill in the form that the page at *path* shows, and send it."""
        token = _TOKEN.search(self.get(path).text)
        assert token is not None, f"{path} shows no form"
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        origin = f"https://{self.host}"
        more = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": origin,
            "Referer": urljoin(origin, path),
        }
        return self.ask("POST", path, body=body, headers=more)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        scheme: str = "https",
        host: str | None = None,
    ) -> Answer:
        """One request, as the server gets it from the edge; cookies are kept."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        sent = {
            "Host": host or self.host,
            "X-Forwarded-Proto": scheme,
            "X-Forwarded-For": "203.0.113.7",
            **self.headers,
            **(headers or {}),
        }
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
            for line in response.headers.get_all("Set-Cookie") or ():
                for name, morsel in SimpleCookie(line).items():
                    assert morsel["secure"], f"the cookie {name} would also travel over http"
                    self.cookies[name] = morsel.value
        finally:
            connection.close()
        return answer


def visit(edge: Edge, *, user: str, password: str, start: str = "/", admin: str = "/admin/") -> None:
    """Everything that has to be true of a deployed site with an admin and an admin user, as its visitors see it.

    :raises AssertionError: naming what is not.
    """
    first = edge.get(start)
    assert first.status == 200, f"the start page answers {first.status}: {first.text[:2000]}"
    _no_debug(first)

    plain = edge.get(start, scheme="http")
    assert plain.status == 301, f"a visitor over http gets {plain.status}, not the way to https"
    assert plain.headers["location"] == f"https://{edge.host}{start}"

    foreign = edge.get(start, host="somebody-else.example")
    assert foreign.status == 400, f"a host that is not the site's gets {foreign.status}"

    missing = edge.get("/there-is-no-such-page/")
    assert missing.status == 404, f"a page that is not there answers {missing.status}"
    _no_debug(missing)

    login = edge.get(urljoin(admin, "login/"))
    assert login.status == 200, f"the admin's login page answers {login.status}: {login.text[:2000]}"
    hashed = [address for address in _STYLESHEET.findall(login.text) if _HASHED.search(address)]
    assert hashed, "the admin's stylesheet has no hash in its name"
    sheet = edge.get(urlsplit(hashed[0]).path)
    assert sheet.status == 200, f"{hashed[0]} answers {sheet.status}"
    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"], "browsers may not keep the stylesheet"

    sent = edge.post(f"{urljoin(admin, 'login/')}?next={admin}", username=user, password=password)
    assert sent.status == 302, f"the login answers {sent.status}: {sent.text[:2000]}"
    inside = edge.get(admin)
    assert inside.status == 200, f"after the login the admin answers {inside.status}"
    assert "logout" in inside.text


@contextlib.contextmanager
def serving(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], port: int | Path, log: Path) -> Iterator[None]:
    """Run a server until the end of the block; it listens on *port* when the block begins.

    :param port: of this computer, or the path of a Unix socket.
    :param env: all its variables.
    :param log: takes its output.
    :raises AssertionError: it ended, or does not listen; with the end of its output.
    """
    with log.open("wb") as output:
        server = subprocess.Popen(
            list(argv), cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_until_it_listens(server, port, log=log)
        yield
    finally:
        process.kill_tree(server.pid)
        server.wait()


def bare_environment(**variables: str) -> dict[str, str]:
    """An environment as on a platform: nothing of this process's but where programs and certificates are."""
    places = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
    trust = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")
    return {**{name: os.environ[name] for name in (*places, *trust) if name in os.environ}, **variables}


def _no_debug(answer: Answer) -> None:
    assert not _DEBUG_PAGE.search(answer.text), "Django shows its debug page"
