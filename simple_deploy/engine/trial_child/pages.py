"""Which pages of the project are asked for, and what is made of their answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import RoutePattern, URLResolver

from simple_deploy.core.forms import login_form

from .visitor import Visitor, in_lines, place

_MOST = 12  # pages asked for until one answers
_NOT_THE_SITE = frozenset({"admin", "djdt", "debug_toolbar", "django_browser_reload", "silk", "hijack"})
_LINK = re.compile(r"""(?:href|src)\s*=\s*["']([^"'#?]+\.(?:css|js|png|svg|jpg|jpeg|webp|ico|woff2))""")


def look(
    visitor: Visitor, first: str | None, refused: list[str], excuse: Callable[[BaseException], str]
) -> dict[str, Any]:
    """The report: a page for health checks, the login form, cookies, a static file.

    :param first: the page that visitors see first, as far as inspection knows.
    :param refused: whom the project wanted to reach so far.
    :param excuse: why an exception says nothing about the deployed site; empty where it says something.
    """
    pages: list[dict[str, Any]] = []
    health, texts = None, []
    logins = tuple(dict.fromkeys(_logins()))
    for path in list(dict.fromkeys([*([first] if first else []), "/", *_paths(), *logins]))[:_MOST]:
        before = len(refused)
        end, answer, page = _open(visitor, path)
        if page["status"] >= 500 and len(refused) > before:
            return {"unknown": f"the page {path} tries to connect to {refused[-1]}", "pages": [*pages, page]}
        pages.append(page)
        if page["status"] >= 500 and visitor.raised and (reason := excuse(visitor.raised)):
            return {"unknown": f"the page {path} {reason}", "pages": pages}
        if page["status"] >= 500 and len(pages) == 1:
            break  # the page that visitors see first has to work on the deployed site; no other one vouches for it
        if answer is not None and answer.status_code == 200:
            texts.append((end, _text(answer)))
            end = urlsplit(end).path
            if urlsplit(texts[-1][0]).query and _open(visitor, end)[2]["status"] != 200:
                continue
            health = end
            break
    form, reason, login_page = _log_in(visitor, logins)
    texts += [login_page] if login_page else []
    return {
        "health": health,
        "pages": pages,
        "form": form,
        "refused": reason,
        "cookies": list(_cookies(visitor)),
        "static": _static(visitor, texts),
    }


def _open(visitor: Visitor, path: str) -> tuple[str, Any, dict[str, Any]]:
    visitor.raised = None
    end, answer = visitor.open(path)
    return end, answer, _page(end, answer, visitor)


def _page(end: str, answer: Any, visitor: Visitor) -> dict[str, Any]:
    raised = visitor.raised if answer.status_code >= 500 else None
    *reasons, problem = in_lines(raised) if raised else [""]
    where = place(raised) if raised else ""
    return {
        "path": end,
        "status": answer.status_code,
        "problem": problem,
        "reasons": reasons,
        "place": where,
        "leads_to": visitor.leads_to(end, answer),
    }


def _paths() -> Iterator[str]:
    """Pages without parameters that are not the admin, in the order of the URLconf."""
    try:
        yield from _below(get_resolver(), "/")
    except Exception:  # a URLconf that cannot be loaded is what the check tells of
        return


def _below(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        text = str(entry.pattern)
        if not isinstance(entry.pattern, RoutePattern) or "<" in text or text.startswith("__"):
            continue
        if not isinstance(entry, URLResolver):
            yield prefix + text
        elif _NOT_THE_SITE.isdisjoint({entry.app_name, entry.namespace}):
            yield from _below(entry, prefix + text)


def _logins() -> Iterator[str]:
    named: list[Callable[[], str]] = [lambda: resolve_url(settings.LOGIN_URL), lambda: reverse("admin:login")]
    for name in named:
        try:
            yield urlsplit(name()).path
        except NoReverseMatch:
            continue


def _log_in(visitor: Visitor, paths: tuple[str, ...]) -> tuple[dict[str, Any] | None, str, tuple[str, str] | None]:
    """The first login form, sent with a name and a password that nobody has; why Django refused it; its page."""
    for path in paths:
        end, answer, page = _open(visitor, path)
        text = _text(answer) if page["status"] == 200 else ""
        form = login_form(text)
        if form is None:
            continue
        visitor.raised = None
        with _reasons() as reasons:
            sent = visitor.send(form, end)
        return _page(end, sent, visitor), "".join(reasons[:1]), (end, text)
    return None, "", None


@contextmanager
def _reasons() -> Iterator[list[str]]:
    """Why Django's protection against forged requests refuses something meanwhile."""
    found: list[str] = []
    reject: Any = getattr(CsrfViewMiddleware, "_reject")  # noqa: B009 - none of Django's public names

    def noted(self: Any, request: Any, reason: str) -> Any:
        found.append(reason)
        return reject(self, request, reason)

    setattr(CsrfViewMiddleware, "_reject", noted)  # noqa: B010
    try:
        yield found
    finally:
        setattr(CsrfViewMiddleware, "_reject", reject)  # noqa: B010


def _cookies(visitor: Visitor) -> Iterator[tuple[str, str]]:
    for kind in ("SESSION", "CSRF"):
        domain = getattr(settings, f"{kind}_COOKIE_DOMAIN", None)
        if domain and domain.lstrip(".").lower() != visitor.host:
            yield f"{kind}_COOKIE_DOMAIN", str(domain)
        if getattr(settings, f"{kind}_COOKIE_SECURE", False) and not visitor.secure:
            yield f"{kind}_COOKIE_SECURE", "True"


def _static(visitor: Visitor, pages: list[tuple[str, str]]) -> dict[str, Any] | None:
    """A static file that one of *pages* names, where the site itself hands it out."""
    here, prefix = urlsplit(visitor.address).netloc, settings.STATIC_URL
    if not prefix:
        return None
    start = urlsplit(urljoin(visitor.address, prefix))
    for path, text in pages:
        for link in _LINK.findall(text):
            target = urlsplit(urljoin(urljoin(visitor.address, path), link))
            if target.netloc == here and start.netloc == here and target.path.startswith(start.path):
                return _open(visitor, target.path)[2]
    return None


def _text(answer: Any) -> str:
    body = answer.getvalue() if answer.streaming else answer.content
    return bytes(body).decode("utf-8", "replace")
