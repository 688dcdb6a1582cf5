"""Knocks at a running server over a raw socket: every byte of a request is chosen by the test."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.web.servers import HOME, Server, public

__all__ = ["HOME", "Door", "Reply", "knock", "public"]


@dataclass(frozen=True)
class Reply:
    """What came back. :param status: 0 when the server hung up without an answer."""

    status: int
    head: str
    body: str

    @property
    def headers(self) -> dict[str, str]:
        """By lower-case name; the last of several wins."""
        pairs = (line.partition(":") for line in self.head.splitlines()[1:])
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def cookies(self) -> list[str]:
        return re.findall(r"(?im)^set-cookie: *(.*?)\r?$", self.head)

    @property
    def place(self) -> str:
        """Where a redirect leads, without the part that is the session's own."""
        return public(self.headers.get("location", ""))

    @property
    def refused(self) -> bool:
        """Whether nobody was let in and nothing was told."""
        return self.status in {0, 400, 403} and "mysite" not in self.body and not self.cookies


def knock(address: tuple[str, int], request: bytes) -> Reply:
    """Send *request* and read until the server closes the connection."""
    received = b""
    with socket.create_connection(address) as connection:
        try:
            connection.sendall(request)
            while piece := connection.recv(65_536):
                received += piece
        except ConnectionError:
            pass  # hung up: what came before counts
    head, _, body = received.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    return Reply(
        int(status[1]) if status else 0, head.decode("latin-1"), _unchunked(head, body).decode("utf-8", "replace")
    )


def _unchunked(head: bytes, body: bytes) -> bytes:
    if b"transfer-encoding: chunked" not in head.lower():
        return body
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        whole, body = whole + body[:length], body[length + 2 :]
    return whole


@dataclass
class Door:
    """One running server, with what its owner's browser holds.

    :param cookie: of a browser that has shown the access code.
    :param token: what that browser's forms carry.
    :param run: id of a finished run.
    """

    server: Server
    cookie: str = ""
    token: str = ""
    run: str = ""
    kind: str = field(default="")

    @property
    def name(self) -> str:
        return self.server.name

    @property
    def origin(self) -> str:
        return self.server.base

    @property
    def home(self) -> str:
        return self.server.home

    @property
    def code(self) -> str:
        return self.server.link.rpartition("code=")[2]

    def enter(self) -> Reply:
        """Show the access code, and keep the address and the cookie of the session."""
        self.server.home = HOME
        shown = self.ask(path=f"{HOME}?code={self.code}", cookie=None)
        if shown.status == 302:
            self.server.home, self.cookie = shown.headers["location"], shown.cookies[0].partition(";")[0]
        return shown

    def ask(
        self,
        method: str = "GET",
        path: str = HOME,
        *,
        host: str | None = "",
        cookie: str | None = "",
        form: dict[str, str] | None = None,
        lines: tuple[str, ...] = (),
        to: tuple[str, int] | None = None,
        version: str = "1.1",
    ) -> Reply:
        """What the owner's browser would send, but for what is given.

        :param path: one below ``/simple-deploy/`` is made an address of the session, but for one that brings the code.
        :param host: in the place of the true one; None leaves the line out.
        :param cookie: in the place of the owner's; None leaves it out.
        :param lines: further header lines.
        :param to: where to connect, if not to the server itself.
        """
        body = urlencode(form).encode() if form is not None else b""
        whole = path if "?code=" in path else self.server.within(path)
        head = [f"{method} {whole} HTTP/{version}", "Connection: close"]
        if host is not None:
            head.append(f"Host: {host or self.name}")
        if cookie is not None:
            head.append(f"Cookie: {cookie or self.cookie}")
        if form is not None:
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        raw = "\r\n".join([*head, *lines]).encode("utf-8") + b"\r\n\r\n" + body
        return knock(to or (self.server.host, self.server.port), raw)

    def post(self, path: str, *lines: str, form: dict[str, str] | None = None, **changes: object) -> Reply:
        """A form as the dashboard's own page sends it, but for what is given."""
        given = {"token": self.token, **(form or {})}
        own = () if any(line.lower().startswith("origin:") for line in lines) else (f"Origin: {self.origin}",)
        return self.ask("POST", path, form=given, lines=(*own, *lines), **changes)  # type: ignore[arg-type]

    def told(self) -> str:
        """What the server's owner read in the terminal."""
        return self.server.output
