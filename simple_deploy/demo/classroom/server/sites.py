"""HTTPS in front of a site that a pupil has deployed to this computer or rehearses, so that others can open it.

The site is the same as on a computer of the pupil's own: it answers to this computer alone, over plain HTTP, and knows
no other name; a rehearsed one is asked through the proxy of its simulated platform. What changes its name on the way in
and out is here. As in front of the dashboard, nothing is passed on to a program of somebody else's.

Browsers send a cookie to every port of a host, and so those of dashboards and of other pupils' sites too. Cookies that
no script can read, such as those of sessions, so have the site's port in front of their names outside, and only the
site's own are passed on; a script that reads its cookie finds it under its name.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from simple_deploy_local import sites

from simple_deploy.core.errors import StepError
from simple_deploy.demo.classroom.server.front import HOST, PATIENCE, Front, is_own, pump
from simple_deploy.rehearsal.world import World

LONGEST_HEAD = 64 * 1024  # bytes

#: Of a dashboard, or of a site.
_OF_A_PORT = re.compile(rb"(simple_deploy|site)_[0-9]+(_|\s*=|$)")
_UNREADABLE = re.compile(rb";\s*httponly\s*(;|$)", re.IGNORECASE)
_TAKEN_BACK = re.compile(rb";\s*max-age\s*=\s*0\s*(;|$)", re.IGNORECASE)
#: Told by the front anew, or meant for the connection to it.
_NOT_PASSED_ON = frozenset({b"host", b"connection", b"keep-alive", b"expect", b"upgrade", b"forwarded"})
_SENT_FROM = frozenset({b"origin", b"referer"})
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
<p>Nothing was deployed or rehearsed yet that opens here, or it was stopped or removed. Deploy or rehearse it on the
dashboard, or start it on the page of the site; then reload this page.</p>
"""


@dataclass(frozen=True, slots=True)
class Here:
    """Where a site answers on this computer. :param name: what it is asked as there, with the port."""

    port: int
    name: bytes


class SiteFront(Front):
    """:param find: tells where the site is now. :param address: of the site for the network, without a slash."""

    def __init__(self, find: Callable[[], Here | None], address: str) -> None:
        super().__init__()
        self._find = find
        self._address = address.encode("ascii")

    async def pass_on(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(near.readuntil(b"\r\n\r\n"), PATIENCE)
        here = await asyncio.to_thread(self._find)
        if here is None:
            await _say_none(answer)
            return
        try:
            far, ask = await asyncio.open_connection(HOST, here.port, limit=LONGEST_HEAD)
        except OSError:
            await _say_none(answer)
            return
        try:
            await asyncio.wait_for(is_own(ask.get_extra_info("sockname")[1], here.port), PATIENCE)
            ask.write(inwards(head, here, self._address))
            sent = asyncio.create_task(pump(near, ask))
            try:
                answer.write(outwards(await far.readuntil(b"\r\n\r\n"), here, self._address))
                await pump(far, answer)
            finally:
                sent.cancel()
        finally:
            ask.close()


def deployed(home: Path) -> Here | None:
    """The newest site of those in *home*, which are deployed to this computer; None where there is none."""
    found = []
    for site in sites.all_in(home):
        with suppress(OSError):
            found.append((site.record.stat().st_mtime, site.port))
    if not found:
        return None
    _, port = max(found)
    return Here(port, b"%s:%d" % (HOST.encode("ascii"), port))


def rehearsed(world: World) -> Here | None:
    """The site that the simulated platform shows; None where there is none."""
    with suppress(OSError, StepError, sqlite3.Error):
        if world.folder.is_dir() and (host := world.shown) is not None:
            there = urlsplit(world.address(host))
            return Here(there.port or 80, there.netloc.encode("ascii"))
    return None


def inwards(head: bytes, here: Here, address: bytes) -> bytes:
    """The head of a request as the site takes it.

    :param address: the site's for the network, without a slash at the end. :raises ConnectionError: it is none.
    """
    request, *fields = _lines(head)
    kept = [b"Host: " + here.name, b"Connection: close"]
    for name, line in fields:
        if name == b"cookie":
            kept += _cookies(line, _mark(address))
        elif name in _SENT_FROM:
            kept.append(_renamed(line, [address], b"http://" + here.name))
        elif name not in _NOT_PASSED_ON and not name.startswith(b"x-forwarded-"):
            kept.append(line)
    return _head(request[1], *kept)


def outwards(head: bytes, here: Here, address: bytes) -> bytes:
    """The head of an answer as the network gets it; the parameters are those of :func:`inwards`."""
    status, *fields = _lines(head)
    own = [b"http://" + name for name in (here.name, b"localhost:%d" % here.port)]
    kept = []
    for name, line in fields:
        if name == b"set-cookie":
            kept += _set_cookies(line, _mark(address))
        elif name == b"location":
            kept.append(_renamed(line, own, address))
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


def _renamed(line: bytes, old: Iterable[bytes], new: bytes) -> bytes:
    """The line with *new* in its value, where that begins with one of the addresses *old*."""
    found = re.match(rb"(?i)([^:]+:\s*)(?:%s)(?=[/?#]|$)" % b"|".join(map(re.escape, old)), line)
    return found[1] + new + line[found.end() :] if found else line


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
