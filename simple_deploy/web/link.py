"""The dashboard's address with the access code, for the terminal. Needs neither Django nor its settings."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from simple_deploy.system import process, stored
from simple_deploy.web import access
from simple_deploy.web.host import PREFIX, Server

_FILE = "address"
_LINE = re.compile(r"(https?://[A-Za-z0-9.:\[\]-]{1,300}) ([0-9]{1,10}) ([0-9.]{1,30})")


def link(state: Path, address: str | None = None) -> str:
    """What to open in a browser of one's own.

    :param state: the project's state folder.
    :param address: of the development server, without a slash at the end; None means that of the one that
        runs now. Where none is known to run the link begins with its path: the port of a server that has stopped may
        be somebody else's.
    :raises OSError: the access code can be neither read nor made.
    """
    return f"{_remembered(state) if address is None else address}{PREFIX}?code={access.read_or_make(state).code}"


def find_state(start: Path, environ: Mapping[str, str]) -> Path | None:
    """The state folder of the project that *start* lies in, once the tool has been used there."""
    if environ.get("SIMPLE_DEPLOY_STATE_DIR"):
        return Path(environ["SIMPLE_DEPLOY_STATE_DIR"]).expanduser()
    folders = (folder / ".simple_deploy" for folder in (start, *start.parents))
    return next((folder for folder in folders if (folder / access.FILE).is_file()), None)


def remember(state: Path, server: Server | None) -> None:
    """Note where the development server answers, so that :func:`link` can be asked from another terminal.

    :param state: the state folder, which exists.
    :param server: None when it does not say.
    """
    with contextlib.suppress(OSError):  # only a convenience
        if server is None:
            (state / _FILE).unlink(missing_ok=True)
        else:
            me = os.getpid()
            access.write_private(state / _FILE, f"{server.address} {me} {process.started_at(me) or 0.0}\n")


def _remembered(state: Path) -> str:
    """The address of the server that noted it and still runs, or nothing."""
    noted = _LINE.fullmatch((stored.text(state / _FILE) or "").strip())
    try:
        return noted[1] if noted and process.is_alive(int(noted[2]), float(noted[3])) else ""
    except ValueError:
        return ""
