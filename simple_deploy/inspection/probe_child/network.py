"""How long the project's own code may wait for other computers while it is looked at."""

from __future__ import annotations

import os
import socket
from typing import Any

SECONDS = 5.0  # for one connection; without a limit it can take minutes until one is given up


def limit() -> None:
    """For the rest of this process, give up a connection that is not there in time, as the network itself would."""
    connect = socket.socket.connect

    def limited(self: socket.socket, address: Any) -> None:
        own = self.gettimeout()
        if own is not None and own <= SECONDS:
            connect(self, address)
            return
        self.settimeout(SECONDS)
        try:
            connect(self, address)
        finally:
            self.settimeout(own)

    setattr(socket.socket, "connect", limited)  # noqa: B010
    os.environ.setdefault("PGCONNECT_TIMEOUT", str(int(SECONDS)))  # PostgreSQL's library has a door of its own
