"""One lesson that others follow: from its start, by the command or the page, to its end. It is noted in a file::

.simple_deploy/share.json     who serves, where, the code, until when; removing it ends the lesson
               share.count    how many follow
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.core import codec
from simple_deploy.core.errors import WrongUsage
from simple_deploy.present.share import door
from simple_deploy.present.share.server import LONGEST, Pages, ShareServer, listen, names
from simple_deploy.present.share.tape import Look, Tape
from simple_deploy.runs import qr
from simple_deploy.runs.reading import Reading
from simple_deploy.runs.service import Service, remember
from simple_deploy.system import daemons, files, network, stored
from simple_deploy.system.daemons import ProcessId

FILE = "share.json"
COUNT = "share.count"
PORT = 8765  # if it is free
LOOK = 0.5  # seconds
FAREWELL = 0.3  # seconds that the last message has to leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson(ProcessId):
    """What is shared now, and by which process. Times are seconds since the epoch.

    :param addresses: of this computer in its networks, the usual one first.
    :param following: how many browsers follow.
    """

    code: str
    addresses: tuple[str, ...]
    port: int
    until: float
    following: int = 0

    @property
    def address(self) -> str:
        """What pupils type."""
        return f"http://{self.addresses[0]}:{self.port}/"

    @property
    def link(self) -> str:
        """What the QR code says."""
        return f"{self.address}?code={self.code}"

    @property
    def others(self) -> tuple[str, ...]:
        """Further addresses, for a computer that is in several networks."""
        return tuple(f"http://{address}:{self.port}/" for address in self.addresses[1:])

    @property
    def spoken_code(self) -> str:
        return door.shown(self.code)

    @property
    def picture(self) -> str:
        """The link as a picture; empty where the library for that is missing."""
        return qr.svg(self.link)


def told(lesson: Lesson) -> list[str]:
    """What the teacher reads in a terminal."""
    return [
        f"Others on this network can watch, and change nothing: {lesson.address}",
        f"Code: {lesson.spoken_code}",
        *(f"In another network: {address}" for address in lesson.others),
        *qr.blocks(lesson.link),
        "If nobody can connect, this computer's firewall may ask to allow Python, and some school networks isolate "
        "devices from each other. `manage.py deploy --export-run` then makes a file that you can pass around.",
        "Ctrl-C ends it; two hours from now it ends by itself.",
    ]


def current(state: Path) -> Lesson | None:
    """The lesson of the project whose state is in *state*, if one is on."""
    lesson = stored.known(Lesson, state / FILE)
    if lesson is None or not lesson.addresses or lesson.until < time.time() or lesson.is_gone(None):
        return None
    count = (stored.text(state / COUNT) or "").strip()
    return replace(lesson, following=int(count) if count.isascii() and count.isdigit() else 0)


def stop(state: Path) -> None:
    """End the lesson; its server notices within a second."""
    (state / FILE).unlink(missing_ok=True)


def start(service: Service, at: str = "") -> None:
    """Share from a process of its own, that outlives this one; nothing when a lesson is on.

    :param at: one address of this computer; empty takes all it has in local networks.
    """
    if current(service.store.root) is not None:
        return
    remember(service)
    log = service.store.root / "share.log"
    command = (sys.executable, "-m", "simple_deploy", "share", *(("--at", at) if at else ()))
    daemons.start(command, cwd=service.location.folder, env=service.conf.as_environment(), log=log)


def addresses(wanted: str = "") -> tuple[str, ...]:
    """Where to serve.

    :param wanted: one address of this computer; empty takes all it has in local networks.
    :raises WrongUsage: there is none, or the wanted one is open to the internet.
    """
    if wanted:
        if wanted != "127.0.0.1" and not network.is_local(wanted):
            raise WrongUsage(
                f"{wanted} is no address in a local network, so the lesson would be open to the internet.",
                hint="Leave --share-at out, and every local address of this computer is taken.",
            )
        return (wanted,)
    found = network.local_addresses()
    if not found:
        raise WrongUsage(
            "This computer is in no local network, so nobody could follow.",
            hint="Join the network of the room, or make a hotspot. Without a network, `manage.py deploy --export-run` "
            "makes a file that plays a run again; hand that around.",
        )
    return found


def serve(service: Service, at: Sequence[str], tell: Callable[[str], None], *, seconds: float = LONGEST) -> None:
    """Share the runs of a project until the lesson ends, or this process is interrupted.

    :param at: addresses of this computer.
    :param tell: called with each line that the teacher reads once the server accepts followers.
    :raises WrongUsage: a lesson is on already, or the server cannot listen there.
    """
    service.store.prepare()
    known = current(service.store.root)
    if known is not None:
        raise WrongUsage(
            f"A lesson is shared already, at {known.address} with the code {known.spoken_code}.",
            hint="End it where it was started, or on the page, and share again.",
        )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(service, at, tell, seconds))


async def _serve(service: Service, at: Sequence[str], tell: Callable[[str], None], seconds: float) -> None:
    code = door.new_code()
    tape = Tape(Look(lambda: _projects(service)))
    server = ShareServer(tape=tape, door=door.Door(code=code), pages=Pages.load())
    try:
        listening = await listen(server, list(at), PORT)
    except OSError:
        listening = await _anywhere(server, at)
    port = int(listening.sockets[0].getsockname()[1])
    server.hosts, server.cookie = names([*at, "localhost"], port), f"{server.cookie}-{port}"
    me = daemons.this_process()
    lesson = Lesson(
        pid=me.pid,
        started=me.started or 0.0,
        host=me.host,
        code=code,
        addresses=tuple(at),
        port=port,
        until=time.time() + seconds,
    )
    file = service.store.root / FILE
    files.write_atomic(file, json.dumps(codec.to_data(lesson)))
    counted = -1
    following = asyncio.create_task(tape.follow())
    try:
        for line in told(lesson):
            tell(line)
        while time.time() < lesson.until and _is_own(file):
            await asyncio.sleep(LOOK)
            if following.done():
                following.result()  # what went wrong there ends the lesson
            # In a file of its own: a lesson that is ended at this moment must not come back.
            if server.following != counted:
                counted = server.following
                files.write_atomic(file.with_name(COUNT), str(counted))
    finally:
        if _is_own(file):
            file.unlink(missing_ok=True)
        file.with_name(COUNT).unlink(missing_ok=True)
        listening.close()
        await tape.end()
        await asyncio.sleep(FAREWELL)
        await following


async def _anywhere(server: ShareServer, at: Sequence[str]) -> asyncio.Server:
    """At a port that is free. :raises WrongUsage: the server cannot listen at these addresses."""
    try:
        return await listen(server, list(at), 0)
    except OSError as error:
        raise WrongUsage(
            f"Nobody can be let in at {', '.join(at)}: {error.strerror or error}.",
            hint="Leave --share-at out, and every local address of this computer is taken.",
        ) from error


def _projects(service: Service) -> Iterator[Reading]:
    """The project and each rehearsal of it."""
    yield service
    for platform in service.registry.platforms:
        stage = service.on_stage(platform.card.slug) if platform.simulation is not None else None
        if stage is not None:
            yield stage


def _is_own(file: Path) -> bool:
    lesson = stored.known(Lesson, file)
    return lesson is not None and lesson.pid == os.getpid()


__all__ = ["Lesson", "addresses", "current", "serve", "start", "stop"]
