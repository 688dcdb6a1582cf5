"""HTTPS in front of the site that a pupil has deployed to this computer, so that other computers can open it.

The site is the same as on a computer of the pupil's own: it answers to this computer alone, over plain HTTP, and knows
no other name. What changes its name on the way in and out is here. As in front of the dashboard, nothing is passed on
to a program of somebody else's.

Browsers send a cookie to every port of a host, and so those of dashboards and of other pupils' sites too. Cookies that
no script can read, such as those of sessions, so have the site's port in front of their names outside, and only the
site's own are passed on; a script that reads its cookie finds it under its name.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path

from simple_deploy_local import sites

from simple_deploy.demo.classroom.server.front import HOST, PATIENCE, Front, is_own, pump

LONGEST_HEAD = 64 * 1024  # bytes

#: Of a dashboard, or of a site.
_OF_A_PORT = re.compile(rb"(simple_deploy|site)_[0-9]+(_|\s*=|$)")
_UNREADABLE = re.compile(rb";\s*httponly\s*(;|$)", re.IGNORECASE)
_TAKEN_BACK = re.compile(rb";\s*max-age\s*=\s*0\s*(;|$)", re.IGNORECASE)
#: Told by the front anew, or meant for the connection to it.
_NOT_PASSED_ON = frozenset({b"host", b"connection", b"keep-alive", b"expect", b"upgrade", b"forwarded"})
#: They would count for the whole host, and so for the dashboards and sites of others.
_NOT_ANSWERED = frozenset({b"clear-site-data", b"strict-transport-security"})

_NO_SITE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>No site here yet</title>
<body style="font: 1.1rem/1.5 system-ui; max-width: 34rem; margin: 4rem auto; padding: 0 1rem">
<h1>There is no site here yet</h1>
<p>Nothing is deployed to <em>This computer</em>, or the site was stopped. Deploy it on the dashboard, or start it on
the page of the site; then reload this page.</p>
"""


class SiteFront(Front):
    """:param home: where sites of the account lie. :param address: of the site for the network, without a slash."""

    def __init__(self, home: Path, address: str) -> None:
        super().__init__()
        self._home = home
        self._address = address.encode("ascii")

    async def pass_on(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(near.readuntil(b"\r\n\r\n"), PATIENCE)
        port = port_of(self._home)
        if port is None:
            await _say_none(answer)
            return
        try:
            far, ask = await asyncio.open_connection(HOST, port, limit=LONGEST_HEAD)
        except OSError:
            await _say_none(answer)
            return
        try:
            await asyncio.wait_for(is_own(ask.get_extra_info("sockname")[1], port), PATIENCE)
            ask.write(inwards(head, port, self._address))
            sent = asyncio.create_task(pump(near, ask))
            try:
                answer.write(outwards(await far.readuntil(b"\r\n\r\n"), port, self._address))
                await pump(far, answer)
            finally:
                sent.cancel()
        finally:
            ask.close()


def port_of(home: Path) -> int | None:
    """Where the newest site answers on this computer; None where there is none."""
    found = []
    for site in sites.all_in(home):
        with suppress(OSError):
            found.append((site.record.stat().st_mtime, site.port))
    return max(found)[1] if found else None


def inwards(head: bytes, port: int, address: bytes) -> bytes:
    """The head of a request as the site takes it.

    :param port: where the site answers here. :param address: the site's for the network, without a slash at the end.
    :raises ConnectionError: it is none.
    """
    request, *fields = _lines(head)
    kept = [b"Host: %s:%d" % (HOST.encode("ascii"), port), b"Connection: close"]
    for name, line in fields:
        if name == b"cookie":
            kept += _cookies(line, _mark(address))
        elif name not in _NOT_PASSED_ON and not name.startswith(b"x-forwarded-"):
            kept.append(line)
    return _head(request[1], *kept)


def outwards(head: bytes, port: int, address: bytes) -> bytes:
    """The head of an answer as the network gets it; the parameters are those of :func:`inwards`."""
    status, *fields = _lines(head)
    here = re.compile(rb"(?i)(location:\s*)http://(?:%s|localhost):%d(?=[/?#]|$)" % (re.escape(HOST.encode()), port))
    kept = []
    for name, line in fields:
        if name == b"set-cookie":
            kept += _set_cookies(line, _mark(address))
        elif name == b"location":
            kept.append(here.sub(lambda found: found[1] + address, line))
        elif name not in _NOT_ANSWERED:
            kept.append(line)
    return _head(status[1], *kept)


def _lines(head: bytes) -> list[tuple[bytes, bytes]]:
    """Each line with its name in lower case; the first has none.

    :raises ConnectionError: it goes on over a line end, or has no name, which servers understand in several ways.
    """
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    found = [(b"", first)]
    for line in lines:
        name, colon, _ = line.partition(b":")
        if not colon or not name or name != name.strip() or b"\n" in line or b"\r" in line:
            raise ConnectionError("that is no head of HTTP")
        found.append((name.lower(), line))
    return found


def _head(*lines: bytes) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _mark(address: bytes) -> bytes:
    """What stands in front of the names of the site's cookies outside."""
    return b"site_" + address.rpartition(b":")[2] + b"_"


def _cookies(line: bytes, mark: bytes) -> list[bytes]:
    """The line with the cookies that are the site's; none where there is no such cookie."""
    every = [each.strip() for each in line.partition(b":")[2].split(b";")]
    kept = [each.removeprefix(mark) for each in every if each.startswith(mark) or not _OF_A_PORT.match(each)]
    return [b"Cookie: " + b"; ".join(kept)] if kept else []


def _set_cookies(line: bytes, mark: bytes) -> list[bytes]:
    """The line as the network gets it: for one that is taken back under both names, for another port's none."""
    cookie = line.partition(b":")[2].strip()
    if _OF_A_PORT.match(cookie):
        return []
    marked, plain = b"Set-Cookie: " + mark + cookie, b"Set-Cookie: " + cookie
    if _TAKEN_BACK.search(cookie):
        return [marked, plain]
    return [marked if _UNREADABLE.search(cookie) else plain]


async def _say_none(answer: asyncio.StreamWriter) -> None:
    body = _NO_SITE.encode("utf-8")
    fields = (b"Content-Type: text/html; charset=utf-8", b"Content-Length: %d" % len(body), b"Connection: close")
    answer.write(_head(b"HTTP/1.1 503 Service Unavailable", *fields, b"Cache-Control: no-store") + body)
    await answer.drain()
