"""Asks the project for pages as a browser would, through the platform's proxy."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.signals import got_request_exception
from django.http import HttpResponseServerError
from django.test import Client

from simple_deploy.core.forms import Form

from . import FOLDER

_MOVED = frozenset({301, 302, 303, 307, 308})
_MOST = 6  # redirects that are followed
_LONGEST_CHAIN = 8  # exceptions that were raised because of each other


class Visitor:
    """A browser that begins without cookies.

    :param address: of the site: what the address bar shows. The proxy takes https and hands requests on over http.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.address = address
        self.secure = parts.scheme == "https"
        self.host = parts.hostname or ""
        #: What the project's code raised last.
        self.raised: BaseException | None = None
        self._policy = ""
        self._netloc = parts.netloc
        self._client: Any = Client(enforce_csrf_checks=True, raise_request_exception=False)
        got_request_exception.connect(self._note)
        logging.getLogger("django.request").addFilter(_without_traceback)
        self._headers = {
            "HTTP_HOST": parts.netloc,
            "SERVER_PORT": "8000",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": "Mozilla/5.0 simple-deploy",
            "HTTP_ACCEPT": "text/html,*/*",
            **({"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "203.0.113.1"} if self.secure else {}),
        }

    def get(self, path: str) -> Any:
        """The answer at *path*; redirects are not followed."""
        return self._answer(self._client.get, path)

    def open(self, path: str) -> tuple[str, Any]:
        """What comes at last, redirects inside the site followed: its path, and the answer."""
        for _ in range(_MOST):
            answer = self.get(path)
            target = urlsplit(self._target(path, answer))
            if answer.status_code not in _MOVED or target.netloc != self._netloc:
                break
            path = f"{target.path}?{target.query}" if target.query else target.path
        return path, answer

    def leads_to(self, path: str, answer: Any) -> str:
        """The address on another host that *answer*, which came at *path*, sends a browser to; empty for none."""
        target = self._target(path, answer)
        return target if answer.status_code in _MOVED and urlsplit(target).netloc != self._netloc else ""

    def _target(self, path: str, answer: Any) -> str:
        return urljoin(urljoin(self.address, path), str(answer.headers.get("Location", "")))

    def send(self, form: Form, page: str) -> Any:
        """The answer to *form*, which stands on *page*, with nonsense in its fields."""
        target = urljoin(page, form.action)
        origin = f"{urlsplit(self.address).scheme}://{self._netloc}"
        # What the page says about referrers decides what a browser tells of itself.
        extra = {"HTTP_ORIGIN": "null"}
        if self._policy != "no-referrer":
            extra = {"HTTP_ORIGIN": origin, "HTTP_REFERER": f"{origin}{page}"}
        return self._answer(self._client.post, target, form.filled(), **extra)

    def _answer(self, ask: Callable[..., Any], *what: Any, **extra: str) -> Any:
        try:
            answer = ask(*what, **self._headers, **extra)
        except Exception as error:  # the project's own page for errors fails as well; a server answers all the same
            self.raised = self.raised or error
            answer = HttpResponseServerError()
        self._policy = str(answer.headers.get("Referrer-Policy", "")).strip().lower()
        self._forget_foreign_cookies()
        return answer

    def _forget_foreign_cookies(self) -> None:
        """Keep only the cookies that a browser would send back. The parent of a platform's host is shared with others,
        so browsers take no cookie for it."""
        for name, morsel in list(self._client.cookies.items()):
            domain = morsel["domain"].lstrip(".").lower()
            if (domain and domain != self.host) or (morsel["secure"] and not self.secure):
                del self._client.cookies[name]

    def _note(self, **_: Any) -> None:
        import sys

        self.raised = sys.exc_info()[1]


def in_lines(error: BaseException) -> list[str]:
    """What *error* came from, in a line each, then the error itself."""
    found: list[str] = []
    each: BaseException | None = error
    while each is not None and len(found) < _LONGEST_CHAIN:
        found.insert(0, f"{type(each).__name__}: {each}".strip().splitlines()[0])
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return found


def place(error: BaseException) -> str:
    """File and line of the project's own code that *error* came through last; empty where it came through none."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_relative_to(FOLDER) and f"-packages{os.sep}" not in frame.filename:
            return f"{file.relative_to(FOLDER).as_posix()}, line {frame.lineno}"
    return ""


def _without_traceback(record: logging.LogRecord) -> bool:
    """The report says in a line what a page raised; its traceback would only stand in front of that."""
    record.exc_info = record.exc_text = None
    return True
