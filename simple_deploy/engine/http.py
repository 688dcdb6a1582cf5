"""GET requests, and the judgement whether a deployed site is healthy."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit

from simple_deploy.core import health
from simple_deploy.core.errors import SiteNotHealthy, StepError
from simple_deploy.core.facts import Settings
from simple_deploy.core.ports import Clock, Response

MOST = 1024 * 1024  # bytes of a body that are read
PAUSE = 0.25  # seconds between two attempts


def fetch(url: str, *, headers: Mapping[str, str] | None = None, timeout: float = 10.0) -> Response:
    """GET *url*, redirects not followed, no proxy used.

    :raises StepError: nobody answered, or not in HTTP.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StepError(f"{url} is no http or https address.")
    # Names below localhost mean this computer (RFC 6761), which not every resolver knows.
    host = "127.0.0.1" if parts.hostname.endswith(".localhost") else parts.hostname
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=timeout, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)
    try:
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        connection.request("GET", target, headers={"Host": parts.netloc, **(headers or {})})
        answer = connection.getresponse()
        body = answer.read(MOST)
        return Response(
            status=answer.status, headers={name.lower(): value for name, value in answer.getheaders()}, body=body
        )
    except (OSError, http.client.HTTPException) as error:
        raise StepError(f"{url} does not answer: {error or type(error).__name__}.") from error
    finally:
        connection.close()


class SiteCheck:
    """Asks a site the way a visitor would.

    :param settings: the project's settings, for its first page, admin and static address.
    :param note: told what was seen.
    """

    def __init__(
        self,
        settings: Settings | None,
        *,
        clock: Clock,
        cancelled: Callable[[], None],
        note: Callable[[str], None],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._cancelled = cancelled
        self._note = note
        self._headers = headers

    def __call__(self, url: str, *, within: float) -> None:
        """:raises SiteNotHealthy: it was not healthy within that many seconds."""
        deadline = self._clock.monotonic() + within
        while True:
            self._cancelled()
            try:
                self._once(url)
                return
            except SiteNotHealthy:
                raise
            except StepError as error:  # not up yet
                if self._clock.monotonic() > deadline:
                    raise SiteNotHealthy(
                        f"{url} did not answer within {within:.0f} seconds: {error.message}",
                        hint="The site's own log usually says why; `manage.py deploy --logs` shows it.",
                    ) from error
            self._clock.sleep(PAUSE)

    def _once(self, url: str) -> None:
        first = self._settings.first_url if self._settings else "/"
        page, address = self._get(urljoin(url, first or "/"))
        self._judge(page, address, may_be_missing=first is None)
        self._note(f"{address} answers {page.status}")
        pages = [(page, address)]
        if self._settings and self._settings.admin_url:
            admin, admin_address = self._get(urljoin(url, self._settings.admin_url))
            self._judge(admin, admin_address)
            self._note(f"{admin_address} answers {admin.status}")
            pages.append((admin, admin_address))
        self._check_static(pages)

    def _check_static(self, pages: list[tuple[Response, str]]) -> None:
        static_url = (self._settings.static_url if self._settings else None) or "/static/"
        links = [link for page, address in pages for link in health.static_links(page, address, static_url)]
        links.sort(key=lambda link: not health.is_hashed(link))
        if not links:
            return
        answer = fetch(links[0], headers=self._headers)
        if answer.status != 200:
            raise SiteNotHealthy(
                f"The static file {links[0]} answers {answer.status}, so pages have no style.",
                hint="Static files are collected at each deployment; look for errors of collectstatic in the log.",
            )
        self._note(f"{links[0]} answers 200")

    def _judge(self, page: Response, address: str, *, may_be_missing: bool = False) -> None:
        problem = health.problem_with(page, may_be_missing=may_be_missing)
        if problem:
            raise SiteNotHealthy(
                f"{address} is up, but {problem}.",
                hint="The site's own log has more; `manage.py deploy --logs` shows it.",
            )

    def _get(self, address: str) -> tuple[Response, str]:
        for _ in range(6):
            page = fetch(address, headers=self._headers)
            location = page.headers.get("location")
            if page.status not in (301, 302, 303, 307, 308) or not location:
                return page, address
            target = urljoin(address, location)
            if urlsplit(target).netloc != urlsplit(address).netloc:
                return page, address  # it sends visitors elsewhere: that answer is its own
            address = target
        return page, address
