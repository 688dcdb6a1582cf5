"""The dashboard's own static files, served from memory; nothing of the host's staticfiles is involved."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: By suffix and not by the system's table, which a Windows registry or a mailcap file may have changed.
TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """:param version: changes with the content; part of its address. :param digest: SHA-256, in base64."""

    name: str
    type: str
    body: bytes
    version: str
    digest: str


def load(folder: Path) -> dict[str, StaticFile]:
    """Every file below *folder* that a browser is served, by its name relative to it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in TYPES:
            body = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            digest = hashlib.sha256(body)
            found[name] = StaticFile(
                name=name,
                type=TYPES[path.suffix],
                body=body,
                version=digest.hexdigest()[:12],
                digest=base64.b64encode(digest.digest()).decode(),
            )
    return found
