"""Values that stand in for real ones while a site is built: of the same kind, and with nothing of them in it. Pure.

None needs a quote in a shell or a Dockerfile.
"""

from __future__ import annotations

import re

TEXT = "build"

_KINDS: tuple[tuple[str, str], ...] = (
    (r"[+-]?\d+", "1"),
    (r"[+-]?\d+\.\d+", "1.0"),
    (r"sqlite3?:.*", "sqlite:////tmp/build.sqlite3"),
    (r"[^@\s]+@[^@\s/:]+\.[^@\s/:]+", "build@build.invalid"),
    (r"\{.*\}", "{}"),
    (r"\[.*\]", "[]"),
    (r"[A-Za-z0-9_-]{43}=", f"{'A' * 43}="),  # a key of Fernet, base64 of 32 bytes
)
_TRUTH = re.compile(r"true|false|yes|no|on|off", re.IGNORECASE)
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HEX = re.compile(r"[0-9A-Fa-f]{32,}")


def like(value: str) -> str:
    """A value of the same kind as *value*: a number, a yes or no, an address of the same scheme, a key, a text."""
    text = value.strip()
    if _TRUTH.fullmatch(text):
        return text
    for pattern, stands_in in _KINDS:
        if re.fullmatch(pattern, text, re.DOTALL):
            return stands_in
    if address := _ADDRESS.match(text):
        # Of a queue the path is a number, and of a service that takes reports the user is its key.
        return f"{address[1]}://build@build.invalid/0"
    return "0" * len(text) if _HEX.fullmatch(text) else TEXT
