"""Asks a deployed site what a visitor would, and judges whether it is healthy."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urljoin, urlsplit

from simple_deploy.core import forms, health
from simple_deploy.core.errors import SiteNotHealthy, StepError
from simple_deploy.core.facts import Settings
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.interfaces import Clock, Response
from simple_deploy.system.http import fetch, visit

PAUSE = 0.25  # seconds between two attempts


class SiteCheck:
    """Asks a site the way a visitor would.

    :param settings: the project's settings, for its first page, admin and static address.
    :param note: told what was seen.
    :param warn: told what is wrong with a site that serves.
    """

    def __init__(
        self,
        settings: Settings | None,
        *,
        clock: Clock,
        cancelled: Callable[[], None],
        note: Callable[[str], None],
        warn: Callable[[Finding], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._cancelled = cancelled
        self._note = note
        self._warn = warn

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
        first = (self._settings.health_url or self._settings.first_url) if self._settings else "/"
        page, address = visit(urljoin(url, first or "/"))
        self._judge(page, address, may_be_missing=first is None)
        self._note(f"{address} answers {page.status}")
        pages = [(page, address)]
        if self._settings and self._settings.admin_url:
            admin, admin_address = visit(urljoin(url, self._settings.admin_url))
            self._judge(admin, admin_address)
            self._note(f"{admin_address} answers {admin.status}")
            pages.append((admin, admin_address))
        self._check_static(pages)
        self._log_in(pages)

    def _log_in(self, pages: list[tuple[Response, str]]) -> None:
        """Send a login form with nothing typed into it: it has to come again.

        To check a password is a second's work for a small server, and a project may count wrong ones and lock out who
        sent them.
        """
        found = [(page, address, forms.login_form(page.text)) for page, address in pages]
        page, address, form = next((each for each in found if each[2] is not None), (None, "", None))
        if page is None or form is None:
            return
        parts = urlsplit(address)
        try:
            answer = fetch(
                urljoin(address, form.action),
                method="POST",
                body=urlencode(form.empty()),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Cookie": health.cookies_for(page, parts.hostname or ""),
                    "Origin": f"{parts.scheme}://{parts.netloc}",
                    "Referer": address,
                },
            )
        except StepError as error:
            self._note(f"the login form at {address} was not tried to its end: {error.message}")
            return
        if answer.status == 403:
            self._warn(
                Finding(
                    id="site.login",
                    level=Level.WARNING,
                    title=f"Nobody can log in: the form at {address} is refused.",
                    why="The tool sent it with nothing filled in, and the site answered 403 instead of "
                    "the form. Usually the cookies belong to another domain, or CSRF_TRUSTED_ORIGINS lacks the "
                    "address.",
                    fix="Check SESSION_COOKIE_DOMAIN, CSRF_COOKIE_DOMAIN and CSRF_TRUSTED_ORIGINS in the settings.",
                    docs="https://docs.djangoproject.com/en/stable/ref/csrf/",
                )
            )
        else:
            self._note(f"the login form at {address} answers {answer.status}")

    def _check_static(self, pages: list[tuple[Response, str]]) -> None:
        static_url = (self._settings.static_url if self._settings else None) or "/static/"
        links = [link for page, address in pages for link in health.static_links(page, address, static_url)]
        links.sort(key=lambda link: not health.is_hashed(link))
        if not links:
            return
        answer = fetch(links[0])
        if answer.status != 200:
            raise SiteNotHealthy(
                f"The static file {links[0]} answers {answer.status}, so pages have no style.",
                hint="Static files are collected at each deployment; look for collectstatic errors in the log.",
            )
        self._note(f"{links[0]} answers 200")

    def _judge(self, page: Response, address: str, *, may_be_missing: bool = False) -> None:
        problem = health.problem_with(page, may_be_missing=may_be_missing)
        if problem:
            raise SiteNotHealthy(
                f"{address} is up, but {problem}.",
                hint="The site's own log has more; `manage.py deploy --logs` shows it.",
            )
