"""HTTPS in front of what a pupil's programs serve: the development server here, the deployed site in
:mod:`~simple_deploy.demo.classroom.server.sites`.

It is a process of the pupil's account, so that the dashboard knows it for a program of its owner. It reads the key
before it gives up root's rights. Before it passes anything on it looks whose program answers: while a pupil's server is
down, a program of another one could listen in its place and would be shown the access code.
"""

from __future__ import annotations

import asyncio
import ssl
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from simple_deploy.web import peers

HOST = "127.0.0.1"
PATIENCE = 10.0  # seconds for the beginning of a connection
MOST = 100  # connections at once
PIECE = 64 * 1024
_LOOK = 0.02  # seconds between two looks at who has taken the connection


def encryption(certificate: Path, key: Path) -> ssl.SSLContext:
    """:raises OSError: one of them cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Front(ABC):
    """Listens for the network, and passes on what comes."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST)

    async def listen(self, port: int, context: ssl.SSLContext) -> None:
        """Pass on what comes to *port*, for ever."""
        server = await asyncio.start_server(
            self._visit, host=None, port=port, ssl=context, ssl_handshake_timeout=PATIENCE, reuse_address=True
        )
        async with server:
            await server.serve_forever()

    @abstractmethod
    async def pass_on(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """Pass on one connection, to its end."""

    async def _visit(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        try:
            if self._free.locked():
                return
            async with self._free:
                await self.pass_on(near, answer)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # one of the two is gone, or does not speak HTTP
        finally:
            answer.close()


class DashboardFront(Front):
    """:param inner: port of the development server."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        self._inner = inner

    async def pass_on(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        far, ask = await asyncio.open_connection(HOST, self._inner)
        try:
            own: int = ask.get_extra_info("sockname")[1]
            await asyncio.wait_for(is_own(own, self._inner), PATIENCE)
            both = [asyncio.create_task(pump(near, ask)), asyncio.create_task(pump(far, answer))]
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


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass on what comes from *source* until it ends."""
    with suppress(ConnectionError):
        while data := await source.read(PIECE):
            target.write(data)
            await target.drain()
