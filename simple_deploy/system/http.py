"""Requests over HTTP and HTTPS, through the proxy that this computer is set up with.

What speaks HTTP is loaded with the first request: most runs begin with none, and a tenth of their start would be that.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from simple_deploy.core.errors import StepError
from simple_deploy.core.interfaces import Response

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

MOST = 1024 * 1024  # bytes of a body that are read

_MOVED = frozenset({301, 302, 303, 307, 308})
_REDIRECTS = 6


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    timeout: float = 10.0,
) -> Response:
    """Ask *url*, redirects not followed.

    https addresses of other computers are asked through the proxy that this computer is set up with, if it is.

    :raises StepError: nobody answered, or not in HTTP.
    """
    from http.client import HTTPException

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StepError(f"{url} is no http or https address.")
    connection = _connection(parts.scheme, parts.hostname, parts.port, timeout)
    try:
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        sent = None if body is None else body.encode()
        connection.request(method, target, sent, headers={"Host": parts.netloc, **(headers or {})})
        answer = connection.getresponse()
        return Response(
            status=answer.status,
            headers=_headers(answer),
            body=answer.read(MOST),
        )
    except (OSError, HTTPException) as error:
        raise StepError(f"{url} does not answer: {error or type(error).__name__}.") from error
    finally:
        connection.close()


def visit(url: str, *, timeout: float = 10.0) -> tuple[Response, str]:
    """What a browser ends at when it opens *url*: the answer, and its address.

    Redirects inside the site are followed. One that leads elsewhere is the answer itself.

    :raises StepError: nobody answered, or not in HTTP.
    """
    for _ in range(_REDIRECTS):
        page = fetch(url, timeout=timeout)
        target = urljoin(url, page.headers.get("location", ""))
        if page.status not in _MOVED or target == url or urlsplit(target).netloc != urlsplit(url).netloc:
            return page, url
        url = target
    return page, url


def _headers(answer: HTTPResponse) -> dict[str, str]:
    """By lower-case name; several cookies in lines of their own, since none can stand behind another."""
    found: dict[str, str] = {}
    for name, value in answer.getheaders():
        lower = name.lower()
        found[lower] = f"{found[lower]}\n{value}" if lower == "set-cookie" and lower in found else value
    return found


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> HTTPConnection:
    import ssl
    from http.client import HTTPConnection, HTTPSConnection

    import truststore

    # Names below localhost mean this computer (RFC 6761), which not every resolver knows.
    address = "127.0.0.1" if host.endswith(".localhost") else host
    if scheme == "http":
        return HTTPConnection(address, port, timeout=timeout)
    # The system's own list of whom to trust: Python's is empty on a Mac until somebody fills it.
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    proxy = _proxy(address)
    if proxy is None:
        return HTTPSConnection(address, port, timeout=timeout, context=context)
    through = HTTPSConnection(proxy.hostname or "", proxy.port or 80, timeout=timeout, context=context)
    user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}" if proxy.username else ""
    login = {"Proxy-Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"} if user else {}
    through.set_tunnel(address, port or 443, headers=login)
    return through


def _proxy(host: str) -> SplitResult | None:
    """What https requests to *host* go through, by the environment or the system's settings.

    :raises StepError: that is no address.
    """
    from urllib.request import getproxies, proxy_bypass

    if host in {"localhost", "127.0.0.1", "::1"} or proxy_bypass(host):
        return None
    address = getproxies().get("https")
    if not address:
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    try:
        if proxy.hostname and proxy.port != 0:
            return proxy
    except ValueError:  # its port is no number
        pass
    raise StepError(
        "The proxy that this computer is set up with is no address.",
        hint="Look at the variable HTTPS_PROXY, or at the proxy in the system's network settings.",
    )
