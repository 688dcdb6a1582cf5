"""What DNS has for a name, as seen from this computer."""

from __future__ import annotations

import socket
import threading

PATIENCE = 5.0  # seconds; resolvers themselves wait longer than anybody in front of a page


def resolved(name: str) -> frozenset[str]:
    """The addresses that DNS has for *name*; nothing where it has none, or does not answer."""
    found: list[str] = []

    def ask() -> None:
        try:
            found.extend(str(each[4][0]) for each in socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return frozenset(found)
