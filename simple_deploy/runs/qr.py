"""An address as a QR code, where the small library for that is installed: the extra ``class``."""

from __future__ import annotations

import io
import ipaddress
from urllib.parse import urlsplit

QUIET = 2  # modules of empty space around it


#: Names that mean another thing on each computer, or exist in one network only. Sources: RFC 6761, RFC 6762, RFC 9476.
_HERE = (".localhost", ".local", ".internal", ".test", ".example", ".invalid", ".alt")


def for_others(url: str | None) -> str:
    """The picture of a site's address, for a phone to read; empty where only this computer can reach the site."""
    return svg(url) if url and _is_public(urlsplit(url).hostname or "") else ""


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.rstrip(".").endswith(_HERE)


def svg(text: str) -> str:
    """A picture as an address of its own, for an ``img`` element; empty without the library."""
    made = _made(text)
    return made.svg_data_uri(scale=6, border=QUIET, light="#fff") if made is not None else ""


def blocks(text: str) -> tuple[str, ...]:
    """Lines of half blocks for a terminal, light on dark and dark on light alike; none without the library."""
    made = _made(text)
    if made is None:
        return ()
    out = io.StringIO()
    made.terminal(out, border=QUIET, compact=True)
    return tuple(out.getvalue().splitlines())


def _made(text: str):  # type: ignore[no-untyped-def]
    try:
        import segno
    except ImportError:
        return None
    return segno.make(text, error="m", micro=False)
