"""HTTPS in front of one pupil's development server.

It is a process of the pupil's account, so that the dashboard knows it for a program of its owner. It reads the key
before it gives up root's rights. Before it passes anything on it looks whose program answers: while a pupil's server is
down, a program of another one could listen in its place and would be shown the access code.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

from simple_deploy.demo.classroom.server import account
from simple_deploy.web import peers

HOST = "127.0.0.1"
PATIENCE = 10.0  # seconds for the beginning of a connection
MOST = 100  # connections at once
_PIECE = 64 * 1024
_LOOK = 0.02  # seconds between two looks at who has taken the connection


def serve(name: str, port: int, inner: int, certificate: Path, key: Path) -> None:
    """Pass on what comes to *port* to *inner*, as the account *name*, for ever."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    account.become(name)
    asyncio.run(Front(inner).listen(port, context))


class Front:
    """:param inner: port of the development server."""

    def __init__(self, inner: int) -> None:
        self._inner = inner
        self._free = asyncio.Semaphore(MOST)

    async def listen(self, port: int, context: ssl.SSLContext) -> None:
        server = await asyncio.start_server(
            self._visit, host=None, port=port, ssl=context, ssl_handshake_timeout=PATIENCE, reuse_address=True
        )
        async with server:
            await server.serve_forever()

    async def _visit(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        try:
            if self._free.locked():
                return
            async with self._free:
                await self._pass_on(near, answer)
        except (OSError, asyncio.TimeoutError):
            pass  # one of the two is gone
        finally:
            answer.close()

    async def _pass_on(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        far, ask = await asyncio.open_connection(HOST, self._inner)
        try:
            own: int = ask.get_extra_info("sockname")[1]
            await asyncio.wait_for(is_own(own, self._inner), PATIENCE)
            both = [asyncio.create_task(_pump(near, ask)), asyncio.create_task(_pump(far, answer))]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in both:
                    each.cancel()
        finally:
            ask.close()


async def is_own(port: int, inner: int) -> None:
    """Wait until a program of this account has taken the connection from *port* to *inner*.

    :raises ConnectionError: one of another account has.
    """
    meta = {"REMOTE_ADDR": HOST, "REMOTE_PORT": inner, "SERVER_PORT": port}
    while (holder := peers.holder(meta)) is not peers.Holder.OWN:
        if holder is not peers.Holder.GONE:  # that is: nobody has taken it yet
            raise ConnectionError(f"port {inner} belongs to somebody else")
        await asyncio.sleep(_LOOK)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(_PIECE):
            target.write(data)
            await target.drain()
