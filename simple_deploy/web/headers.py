"""Headers every answer of the dashboard carries. None of them ever allows another origin anything."""

from __future__ import annotations

from django.http import HttpResponseBase


def protect(response: HttpResponseBase, origin: str, home: str) -> None:
    """Add the headers to *response*.

    :param origin: scheme, host and port the page is open under, which have passed the gate; ``'self'`` when a proxy
        makes them unknown; empty when nobody was let in.
    :param home: where the pages of the visitor's session begin.
    """
    # A path narrows scripts and styles to our own files: the host project may serve uploads on the same origin.
    plain = origin.startswith("http")
    static = f"{origin}{home}static/" if plain else "'self'"
    pages = f"{origin}{home}" if plain else "'self'"
    policy = (
        "default-src 'none'",
        f"script-src {static}",
        f"style-src {static}",
        f"img-src {static} data:",
        f"connect-src {pages}",
        f"form-action {pages}",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    response.headers.setdefault("Content-Security-Policy", "; ".join(policy))
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
