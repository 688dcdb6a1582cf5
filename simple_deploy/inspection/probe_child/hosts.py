"""Names of computers, as settings hold them. Pure."""

from __future__ import annotations


def is_local(host: str) -> bool:
    """Whether *host* means this computer, a socket on it, or a name that only its containers know."""
    plain = host.strip("[]").lower()
    if plain in {"", "::1", "0.0.0.0", "localhost", "host.docker.internal"} or plain.startswith(("127.", "/")):
        return True
    return "." not in plain and ":" not in plain
