"""What the answers of a deployed Django site say about it. Pure; asking is the engine's business."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from simple_deploy.core.interfaces import Response

_DEBUG_PAGE = re.compile(
    r"you have <code>DEBUG\s*=\s*True</code>|Django tried these URL patterns|The install worked successfully", re.I
)
_LINK = re.compile(
    r"""(?:href|src)\s*=\s*["']([^"'#?]+\.(?:css|js|png|svg|jpg|jpeg|webp|ico|woff2))(?:\?[^"']*)?["']"""
)
#: File names as ManifestStaticFilesStorage and WhiteNoise make them: ``name.0123456789ab.css``.
_HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")


def problem_with(response: Response, *, may_be_missing: bool = False) -> str | None:
    """Why this answer is not one of a healthy site, in a sentence with its usual cause; None when it is.

    :param may_be_missing: a plain 404 is fine, for example at ``/`` of a project that has no page there.
    """
    status = response.status
    if _DEBUG_PAGE.search(response.text[:400_000]):
        return "it shows Django's debug page, so DEBUG is still on there"
    if status == 400:
        return "it answers 400, which almost always means that the address is not in ALLOWED_HOSTS"
    if status in (502, 503, 504):
        return f"the application does not answer (status {status})"
    if status >= 500:
        return f"the application fails (status {status}); the site's own log has the traceback"
    if status == 404 and not may_be_missing:
        return "the page is not found (status 404)"
    return None


def static_links(page: Response, url: str, static_url: str) -> tuple[str, ...]:
    """Absolute addresses of the static files a page uses, those with a hash in their name first."""
    prefix = urlsplit(urljoin(url, static_url)).path if static_url else "/static/"
    found = []
    for match in _LINK.finditer(page.text):
        address = urljoin(url, unescape(match[1]))
        if urlsplit(address).path.startswith(prefix) and urlsplit(address).netloc == urlsplit(url).netloc:
            found.append(address)
    return tuple(sorted(dict.fromkeys(found), key=lambda address: not is_hashed(address)))


def cookies_for(page: Response, host: str) -> str:
    """The header with the cookies of *page* that a browser would send back to *host*."""
    kept = []
    for line in page.headers.get("set-cookie", "").splitlines():
        pair, *rest = (part.strip() for part in line.split(";"))
        told = {name.lower(): value.lstrip(".").lower() for name, _, value in (part.partition("=") for part in rest)}
        domain = told.get("domain") or host
        if host == domain or host.endswith(f".{domain}"):
            kept.append(pair)
    return "; ".join(kept)


def is_hashed(address: str) -> bool:
    return bool(_HASHED.search(urlsplit(address).path))
