"""As much of HTTP as four addresses need: one request of a connection, GET, no body."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

LONGEST = 8_192  # bytes of a request
PATIENCE = 5.0  # seconds for all of it

_REASONS: Mapping[int, str] = {
    200: "OK",
    303: "See Other",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    503: "Service Unavailable",
}

#: With every answer. Nothing may come from elsewhere, and no other page may read or frame this one.
_ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Connection": "close",
}


class Refused(Exception):
    """The request is none that is answered. *status* is what it gets, None when not even that."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """:param target: the path as it was sent, nothing decoded. :param headers: by names in small letters."""

    target: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def cookie(self, name: str) -> str:
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return next((value for key, _, value in pairs if key == name), "")

    def comes_from(self, own: str) -> bool:
        """Whether a page of *own*, scheme with host and port, asks; a browser says so in one of two headers."""
        if self.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        return self.headers.get("origin", own) == own


async def read(reader: asyncio.StreamReader) -> Request:
    """:raises Refused: it is no request of the kind that is answered, or does not come to its end."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    except asyncio.LimitOverrunError as error:
        raise Refused(400) from error
    except (asyncio.IncompleteReadError, asyncio.TimeoutError, OSError) as error:
        raise Refused(None) from error
    return parse(head)


def parse(head: bytes) -> Request:
    """:raises Refused: it is no request of the kind that is answered."""
    try:
        first, *lines = head.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
        method, whole, version = first.split(" ")
    except ValueError as error:
        raise Refused(400) from error
    if version not in {"HTTP/1.1", "HTTP/1.0"} or not whole.startswith("/"):
        raise Refused(400)
    if method != "GET":
        raise Refused(405)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not name or name != name.strip() or name in headers:
            raise Refused(400)  # folded, doubled or without a name: what proxies and servers read differently
        headers[name] = value.strip()
    if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
        raise Refused(400)
    target, _, query = whole.partition("?")
    return Request(target=target, query=_asked(query), headers=headers)


def _asked(query: str) -> dict[str, str]:
    try:
        return {name: values[-1] for name, values in parse_qs(query, max_num_fields=8).items()}
    except ValueError as error:  # too many of them
        raise Refused(400) from error


def answer(status: int, body: str | bytes = b"", *, type: str = "text/plain", **headers: str) -> bytes:
    """A whole answer; in the names of *headers* an underscore is a dash."""
    content = body.encode("utf-8") if isinstance(body, str) else body
    return begin(status, type=type, Content_Length=str(len(content)), **headers) + content


def begin(status: int, *, type: str, **headers: str) -> bytes:
    """The head of an answer."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"Content-Type": f"{type}; charset=utf-8", **_ALWAYS, **more}
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def message(event: str, data: str, id: str = "") -> bytes:
    """One message of the stream; *data* has no line break, being JSON."""
    head = f"event: {event}\n" + (f"id: {id}\n" if id else "")
    return f"{head}data: {data}\n\n".encode()
