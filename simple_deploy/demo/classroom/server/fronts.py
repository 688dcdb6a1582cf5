"""The process that stands between the network and what a pupil serves: the dashboard, and the deployed sites."""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from pathlib import Path

from simple_deploy.demo.classroom.server import account
from simple_deploy.demo.classroom.server.front import DashboardFront, Front, encryption
from simple_deploy.demo.classroom.server.pupils import Pupil, Room, open_class
from simple_deploy.demo.classroom.server.sites import SiteFront, deployed, rehearsed
from simple_deploy.rehearsal.world import World


def serve(folder: Path, name: str) -> None:
    """Pass on what comes for the pupil *name* of the class in *folder*, as that account, for ever.

    :raises SystemExit: there is no such pupil.
    """
    room = open_class(folder)
    pupil = next((each for each in room.pupils if each.name == name), None) if room is not None else None
    if room is None or pupil is None:
        raise SystemExit(f"There is no {name} in {folder}.")
    context = encryption(room.certificate, room.key)
    account.become(name)
    asyncio.run(_all(room, pupil, context))


async def _all(room: Room, pupil: Pupil, context: ssl.SSLContext) -> None:
    fronts: dict[int, Front] = {pupil.port: DashboardFront(pupil.inner)}
    fronts[pupil.site] = SiteFront(partial(deployed, pupil.data / "local"), room.address(pupil.site))
    for slug, port in room.rehearsals(pupil).items():
        fronts[port] = SiteFront(partial(rehearsed, World.on_stage(pupil.stage(slug))), room.address(port))
    await asyncio.gather(*(front.listen(port, context) for port, front in fronts.items()))
