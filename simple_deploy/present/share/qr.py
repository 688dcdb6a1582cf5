"""The address as a QR code, where the small library for that is installed: the extra ``class``."""

from __future__ import annotations

import io

QUIET = 2  # modules of empty space around it


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
