"""The server itself: who connects, which of four addresses is asked for, and the stream that followers keep open."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from simple_deploy import assets
from simple_deploy.present.share import http
from simple_deploy.present.share.door import Door
from simple_deploy.present.share.http import Refused, Request
from simple_deploy.present.share.tape import Tape
from simple_deploy.present.words import WORDS
from simple_deploy.runs.summary import spans
from simple_deploy.system.network import is_local

#: Connections of one peer at the same time, and streams of one viewer.
MOST_OPEN = 260
MOST_STREAMS = 3

BATCH = 200  # frames that are sent at once
HEARTBEAT = 10.0  # seconds
SLOW = 20.0  # seconds in which a viewer has to take what was sent
LONGEST = 2 * 60 * 60.0  # seconds that a lesson may take

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Pages:
    """What there is besides the stream, made once. Nobody can name another file.

    :param open: what everybody gets, by its address: type and content.
    :param show: the page of a viewer.
    """

    open: Mapping[str, tuple[str, bytes]]
    show: bytes

    @classmethod
    def load(cls) -> Pages:
        static = assets.folder("static") / "simple_deploy"
        templates = assets.folder("templates") / "simple_deploy"
        stage = (templates / "present-stage.html").read_text(encoding="utf-8")
        show = (templates / "present-share.html").read_text(encoding="utf-8")
        words = "\n".join(f"<dt>{escape(word)}</dt><dd>{_prose(meaning)}</dd>" for word, meaning in WORDS.items())
        types = {"present.css": "text/css", "present.js": "text/javascript"}
        return cls(
            open={f"/{name}": (type, (static / name).read_bytes()) for name, type in types.items()},
            show=show.replace("<!-- stage -->", stage).replace("<!-- words -->", words).encode("utf-8"),
        )


def _prose(text: str) -> str:
    return "".join(f"<code>{escape(part)}</code>" if is_code else escape(part) for is_code, part in spans(text))


_ASK = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Follow along</title><link rel="stylesheet" href="/present.css"></head>
<body><main class="stage">
<h1>Follow along</h1>
<p class="reason">{message}</p>
<form method="get" action="/"><p><label>Code <input class="code" name="code" autocomplete="off" autocapitalize="none"
 spellcheck="false" maxlength="12" required autofocus></label>
<button class="big" type="submit">Follow</button></p></form>
</main></body></html>
"""
_WRONG = "That is not the code. Look at the wall and type it again."
_WAIT = "There were too many wrong codes from this device. Wait {seconds} seconds, then type the code again."
_CLOSED = "Nobody new can follow any more: there were too many wrong codes. The teacher can share again."


@dataclass
class ShareServer:
    """Serves one lesson.

    :param hosts: the addresses it is asked at, as they stand in the Host header.
    :param cookie: name of the cookie; cookies belong to a host and not to a port.
    :param clock: seconds, of a clock that only goes forward.
    """

    tape: Tape
    door: Door
    pages: Pages
    hosts: frozenset[str] = frozenset()
    cookie: str = "simple-deploy-follow"
    clock: Callable[[], float] = time.monotonic
    connections: Counter[str] = field(default_factory=Counter)
    streams: Counter[str] = field(default_factory=Counter)

    @property
    def following(self) -> int:
        """How many browsers follow now."""
        return len(+self.streams)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, whatever it sends."""
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        if not self._may_connect(peer):
            writer.transport.abort()
            return
        self.connections[peer] += 1
        try:
            # A viewer that went away, or takes nothing, is an everyday thing; its connection is all that ends.
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await self._answer(peer, reader, writer)
        finally:
            self.connections[peer] -= 1
            if not self.connections[peer]:
                del self.connections[peer]
            writer.close()

    def _may_connect(self, peer: str) -> bool:
        """Looked at before anything is read, so that refusing costs next to nothing."""
        if peer != _LOOPBACK and not is_local(peer):
            return False
        return self.connections[peer] < MOST_OPEN and self.door.may_ask(peer, self.clock())

    async def _answer(self, peer: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await http.read(reader)
            host = request.headers.get("host", "")
            if host not in self.hosts:
                raise Refused(403)  # a name that somebody points at this computer
            if request.target == "/stream":
                await self._stream(request, f"http://{host}", writer)
                return
            answer = self._page(peer, request)
        except Refused as refused:
            if refused.status is None:
                return
            more = {"Allow": "GET"} if refused.status == 405 else {}
            answer = http.answer(refused.status, "This is not available here.\n", **more)
        writer.write(answer)
        await asyncio.wait_for(writer.drain(), SLOW)

    def _page(self, peer: str, request: Request) -> bytes:
        """:raises Refused: there is no such page."""
        if request.target in self.pages.open:
            type, body = self.pages.open[request.target]
            return http.answer(200, body, type=type)
        if request.target != "/":
            raise Refused(404)
        if "code" in request.query:
            return self._enter(peer, request.query["code"])
        if not self.door.is_viewer(request.cookie(self.cookie)):
            return self._ask("The code is on the wall, below the address.")
        return http.answer(200, self.pages.show, type="text/html")

    def _enter(self, peer: str, code: str) -> bytes:
        now = self.clock()
        token = self.door.enter(peer, code, now)
        if token is not None:
            kept = f"{self.cookie}={token}; Path=/; HttpOnly; SameSite=Lax"
            return http.answer(303, Location="/", Set_Cookie=kept)
        if self.door.is_closed:
            return self._ask(_CLOSED, 403)
        waits = self.door.waits(peer, now)
        if waits:
            return self._ask(_WAIT.format(seconds=int(waits) + 1), 429, Retry_After=str(int(waits) + 1))
        return self._ask(_WRONG, 403)

    @staticmethod
    def _ask(message: str, status: int = 200, **headers: str) -> bytes:
        return http.answer(status, _ASK.format(message=escape(message)), type="text/html", **headers)

    async def _stream(self, request: Request, own: str, writer: asyncio.StreamWriter) -> None:
        """:raises Refused: whoever asks is no viewer, a page of another site, or asks too often."""
        viewer = request.cookie(self.cookie)
        if not self.door.is_viewer(viewer) or not request.comes_from(own):
            raise Refused(403)
        if not self.door.may_look(viewer, self.clock()) or self.streams[viewer] >= MOST_STREAMS:
            raise Refused(429)
        self.streams[viewer] += 1
        try:
            writer.write(http.begin(200, type="text/event-stream"))
            await self._flow(request.headers.get("last-event-id", ""), writer)
        finally:
            self.streams[viewer] -= 1
            if not self.streams[viewer]:
                del self.streams[viewer]

    async def _flow(self, last: str, writer: asyncio.StreamWriter) -> None:
        """Send what there is, then what comes. Each viewer has a place of its own on the tape, so that one who takes
        nothing keeps nobody waiting."""
        tape = self.tape
        run, version, count = _place(last, tape)
        while not tape.over:
            sent = b""
            if run != tape.run:
                run, version, count = tape.run, -1, 0
            if version != tape.version:
                version = tape.version
                sent += http.message("about", tape.about)
            batch = tape.frames[count : count + BATCH]
            if batch:
                count += len(batch)
                sent += http.message("frames", f"[{','.join(batch)}]", id=f"{run}.{count}")
            writer.write(sent or b": still here\n\n")
            await asyncio.wait_for(writer.drain(), SLOW)
            await tape.changed(run, version, count, HEARTBEAT)
        writer.write(http.message("bye", "{}"))
        await asyncio.wait_for(writer.drain(), SLOW)


def _place(last: str, tape: Tape) -> tuple[str, int, int]:
    """Where a viewer that was here before goes on: run, version of what is known of it, number of frames."""
    run, _, count = last.partition(".")
    if run != tape.run or not count.isascii() or not count.isdigit() or len(count) > 9:
        return "", -1, 0
    return run, -1, min(int(count), len(tape.frames))


async def listen(server: ShareServer, addresses: list[str], port: int) -> asyncio.Server:
    """Accept connections at *addresses*.

    :param port: where; 0 means one that is free.
    :raises OSError: it is taken, or an address is not this computer's.
    """
    started = await asyncio.start_server(server.connected, host=addresses, port=port, limit=http.LONGEST)
    if port or len(addresses) == 1:
        return started
    free = int(started.sockets[0].getsockname()[1])  # each address got another one
    started.close()
    return await listen(server, addresses, free)


def names(addresses: list[str], port: int) -> frozenset[str]:
    return frozenset(f"{address}:{port}" for address in addresses)
