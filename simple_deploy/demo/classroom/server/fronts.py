"""The process that stands between the network and what a pupil serves: the dashboard, and the deployed site."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from simple_deploy.demo.classroom.server import account
from simple_deploy.demo.classroom.server.front import DashboardFront, encryption
from simple_deploy.demo.classroom.server.pupils import Pupil, Room, open_class
from simple_deploy.demo.classroom.server.sites import SiteFront


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
    asyncio.run(_both(room, pupil, context))


async def _both(room: Room, pupil: Pupil, context: ssl.SSLContext) -> None:
    dashboard = DashboardFront(pupil.inner)
    site = SiteFront(pupil.data / "local", room.address(pupil.site))
    await asyncio.gather(dashboard.listen(pupil.port, context), site.listen(pupil.site, context))
