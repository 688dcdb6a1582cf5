"""The proxy in front of a simulated platform's sites: what the platform's own edge does to requests and answers.

A site is visited as ``http://NAME-PLATFORM.localhost:PORT/``, which browsers look up on this computer. Inwards the
proxy says what the platform says: the real host, https, the visitor's address. Outwards it turns links to the real host
into links to the local one. A visit to the real host over plain http is sent to https, as the platforms do.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simple_deploy.rehearsal.world import EDGE_FILE, HOST, World, alias
from simple_deploy.system import files

SLOWEST = 60.0  # seconds a site may take to answer
LARGEST = 64 * 1024 * 1024  # bytes of an uploaded body
_CHUNK = 64 * 1024
_HOPS = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade"}
    | {"transfer-encoding", "proxy-connection"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site as the proxy knows it.

    :param host: what it is called on the platform.
    :param alias: what the visitor calls it, with the port: its name on this computer, or the one on the platform.
    """

    host: str
    alias: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether it is visited by its name on this computer."""
        return _bare(self.alias) != self.host


# -- what is changed on the way; pure --


def inwards(headers: Mapping[str, str], site: Site, *, peer: str) -> dict[str, str]:
    """The headers of a request as the platform's edge hands them to the site."""
    passed = {name: value for name, value in headers.items() if name.lower() not in _HOPS and not _is_ours(name)}
    passed["Host"] = site.host
    for name in list(passed):
        if name.lower() in {"origin", "referer"}:
            passed[name] = _swap(passed[name], site.alias, site.host, scheme="https")
    passed["X-Forwarded-For"] = peer
    passed["X-Forwarded-Proto"] = "https"
    passed["X-Forwarded-Port"] = "443"
    return passed


def outwards(headers: list[tuple[str, str]], site: Site) -> list[tuple[str, str]]:
    """The headers of an answer as the visitor's browser can use them."""
    # What ties a cookie to https or to the real host would keep the browser from sending it back.
    lost = {*(("domain",) if site.is_local else ()), "secure"}
    passed = []
    for name, value in headers:
        lower = name.lower()
        if lower in _HOPS:
            continue
        if lower == "strict-transport-security" and site.is_local:  # localhost would become https only, for ever
            continue
        if lower in {"location", "content-location"}:
            value = _swap(value, site.host, site.alias, scheme="http")
        elif lower == "set-cookie":
            if not _is_kept(value, site.host):
                continue
            value = _cookie_without(value, lost)
        passed.append((name, value))
    return passed


def _is_ours(name: str) -> bool:
    return name.lower() == "host" or name.lower().startswith("x-forwarded-")


def _swap(address: str, old: str, new: str, *, scheme: str) -> str:
    parts = urlsplit(address)
    return parts._replace(scheme=scheme, netloc=new).geturl() if parts.netloc == old else address


def _bare(name: str) -> str:
    """The name of a host without its port."""
    return name.rpartition(":")[0] if ":" in name else name


def _is_kept(cookie: str, host: str) -> bool:
    """Whether a browser at the real *host* would keep the cookie: not where it names a domain that host is not in."""
    parts = (part.strip().partition("=") for part in cookie.split(";")[1:])
    domain = next((value.lstrip(".").lower() for name, _, value in parts if name.lower() == "domain"), "")
    return not domain or _bare(host) == domain or _bare(host).endswith(f".{domain}")


def _cookie_without(cookie: str, lost: Collection[str]) -> str:
    first, *rest = cookie.split(";")
    kept = [part for part in rest if part.strip().partition("=")[0].lower() not in lost]
    return ";".join([first, *kept])


# -- serving --


def serve(folder: Path) -> None:
    """Be the proxy of the world in *folder* until the process ends."""
    world = World(folder)
    server = _listen(world, world.edge_port() or 0)
    temporary = folder / f".{EDGE_FILE}.{os.getpid()}"
    temporary.write_text(json.dumps({"port": server.server_port}), encoding="utf-8")
    files.replace(temporary, folder / EDGE_FILE)
    server.serve_forever()


def _listen(world: World, port: int) -> ThreadingHTTPServer:
    handler = type("Handler", (_Handler,), {"world": world})
    try:
        return _Server((HOST, port), handler)
    except OSError:  # somebody took the port since
        return _Server((HOST, 0), handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    world: World
    protocol_version = "HTTP/1.1"
    server_version = "edge"
    timeout = SLOWEST

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _pass_on(self) -> None:
        name = (self.headers.get("Host") or "").lower()
        site = self._site(name)
        if site is None:
            return self._say(404, f"There is no site called {_bare(name)} here.")
        if not site.is_local:
            return self._send_to_https(site)
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            return self._say(413, "That is more than the proxy passes on.")
        body = self.rfile.read(length) if length else None
        connection = http.client.HTTPConnection(HOST, site.port, timeout=SLOWEST)
        try:
            peer = str(ipaddress.ip_address(self.client_address[0]))
            connection.request(self.command, self.path, body, inwards(dict(self.headers.items()), site, peer=peer))
            self._answer(connection.getresponse(), site)
        except (OSError, http.client.HTTPException) as error:
            self._say(502, f"The site does not answer: {error or type(error).__name__}.")
        finally:
            connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _pass_on

    def _site(self, name: str) -> Site | None:
        """The site called *name*, here or on the platform."""
        state = self.world.read()
        here = f":{self.connection.getsockname()[1]}"
        for host, known in state.get("sites", {}).items():
            local = alias(host, str(state.get("name") or self.world.folder.name))
            if _bare(name) in {host, local}:
                called = name if _bare(name) == host else local + here
                return Site(host=host, alias=called, port=known["port"])
        return None

    def _answer(self, answer: http.client.HTTPResponse, site: Site) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in outwards(answer.getheaders(), site):
            self.send_header(name, value)
        known = answer.getheader("Content-Length") is not None
        bare = self.command == "HEAD" or answer.status in {204, 304}
        if not known and not bare:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not bare and (piece := answer.read1(_CHUNK)):
            self.wfile.write(piece if known else b"%x\r\n%s\r\n" % (len(piece), piece))
        if not known and not bare:
            self.wfile.write(b"0\r\n\r\n")

    def _send_to_https(self, site: Site) -> None:
        self.send_response_only(301)
        self.send_header("Location", f"https://{site.host}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: int, text: str) -> None:
        body = f"{text}\n".encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are the site's own business to log."""
