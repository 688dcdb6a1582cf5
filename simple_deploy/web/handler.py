"""Answers one request below the prefix: gate, view, headers; and pages of our own for everything that goes wrong."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from functools import cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import Resolver404
from django.utils.safestring import mark_safe

from simple_deploy.core import ansi
from simple_deploy.core.errors import NoSuchRun, PluginNotFound, RunInProgress, SimpleDeployError
from simple_deploy.web import access_policy, headers, peers, routes, session
from simple_deploy.web.access import Access
from simple_deploy.web.host import PREFIX, Server, development_server
from simple_deploy.web.render import Renderer
from simple_deploy.web.request_context import Background, NotFound, RequestContext, WrongMethod

if TYPE_CHECKING:
    from simple_deploy.runs.service import Service

FORM_FIELD = "token"
FORM_HEADER = "x-simple-deploy-token"
_LARGEST_FORM = 1_000_000
_REPEAT_REASON_AFTER = 60.0  # seconds
_REASONS_AT_ONCE = 20


class Handler:
    """The dashboard, for one project.

    :param open_service: called once, when the first visitor was let in.
    :param background: gets what executes runs.
    :param access: reads the access code.
    :param renew: makes a new one, and tells the owner.
    :param tell: shows a line to the person who started the server.
    :param threads: whether that server answers several requests at a time.
    """

    def __init__(
        self,
        *,
        open_service: Callable[[], Service],
        background: Callable[[], Background],
        access: Callable[[], Access],
        renew: Callable[[], None],
        rules: access_policy.Rules,
        tell: Callable[[str], None],
        threads: bool = True,
    ) -> None:
        self._threads = threads
        self._open_service = open_service
        self._open_background = background
        self._service: Service | None = None
        self._access = access
        self._renew = renew
        self._rules = rules
        self._tell = tell
        self._told: dict[str, float] = {}
        self._render = Renderer()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer *request*; never raises, since the host's error page would show its settings."""
        origin = home = ""
        form = cache(partial(_form, request))
        try:
            visit = _visit(request, form)
            access = self._access()
            verdict = access_policy.judge(visit, self._rules, access)
            if isinstance(verdict, access_policy.Refused):
                response: HttpResponseBase = self._refuse(request, verdict)
            else:
                origin, home = access_policy.page_origin(visit, self._rules), session.home(verdict.session)
                response = self._admit(request, verdict, access, form)
        except Exception as error:
            response = self._broken(error)
        headers.protect(response, origin, home)
        return response

    def _admit(
        self,
        request: HttpRequest,
        verdict: access_policy.Admitted | access_policy.Exchange,
        access: Access,
        form: Callable[[], QueryDict],
    ) -> HttpResponseBase:
        if isinstance(verdict, access_policy.Exchange):
            return _exchanged(request, verdict)
        home = session.home(verdict.session)
        try:
            stage, match = routes.find(session.split(request.path_info)[1])
            context = RequestContext(
                request=request,
                service=self._get_service(stage),
                stage=stage,
                background=self._open_background(),
                render=self._render,
                home=home,
                query=_query(request),
                form=form(),
                token=access.form_token(verdict.session),
                end_sessions=self._renew,
                lasts=partial(self._lasts, access),
                threads=self._threads,
            )
            response: HttpResponseBase = match.func(context, **match.kwargs)
        except (Resolver404, NotFound):
            response = self._error(home, 404, "There is no such page", "It may have been renamed or removed.")
        except WrongMethod:
            response = self._error(home, 405, "That is not possible here", "Go back and use the buttons of the page.")
        except RunInProgress as error:
            if error.run_id:
                response = context.go("run", error.run_id, query="joined")
            else:
                response = self._error(home, 409, error.message, error.hint)
        except (NoSuchRun, PluginNotFound) as error:
            response = self._error(home, 404, error.message, error.hint)
        except SimpleDeployError as error:
            response = self._error(home, 409, error.message, error.hint)
        return _without_body(response) if request.method == "HEAD" else response

    def _lasts(self, access: Access) -> bool:
        try:
            return self._access() == access
        except (OSError, SimpleDeployError):
            return False

    def _get_service(self, stage: str) -> Service:
        """The service of the project, or of its copy in the rehearsal of platform *stage*.

        :raises NotFound: there is no such rehearsal.
        """
        if self._service is None:
            self._service = self._open_service()
        self._service.take_corrections()
        if not stage:
            return self._service
        known = {each.card.slug for each in self._service.registry.platforms}
        rehearsed = self._service.on_stage(stage) if stage in known else None
        if rehearsed is None:
            raise NotFound
        return rehearsed

    def _refuse(self, request: HttpRequest, verdict: access_policy.Refused) -> HttpResponse:
        if verdict.reason:
            self._tell_once(ansi.plain(verdict.reason))
        return self._plain("refused.html", 403, asks_for_code=verdict.knows_how, wrong_code=verdict.wrong_code)

    def _tell_once(self, reason: str) -> None:
        """Tell the owner, in whose terminal a visitor must not be able to write what or as much as they like."""
        now = time.monotonic()
        self._told = {told: at for told, at in self._told.items() if now - at < _REPEAT_REASON_AFTER}
        if reason in self._told or len(self._told) > _REASONS_AT_ONCE:
            return
        full = len(self._told) == _REASONS_AT_ONCE
        self._told[reason] = now
        said = "more requests are being refused; the reasons are not shown for a minute." if full else reason
        self._tell(f"Deployment dashboard: refused a request, {said}")

    def _broken(self, error: Exception) -> HttpResponse:
        if isinstance(error, SuspiciousOperation):
            return self._plain("broken.html", 400)
        if isinstance(error, (SimpleDeployError, OSError)):
            self._tell(f"Deployment dashboard: {error}\n  {getattr(error, 'hint', '')}".rstrip())
        else:
            self._tell(f"Deployment dashboard: an error in the tool itself.\n{traceback.format_exc()}")
        return self._plain("broken.html", 500)

    def _error(self, home: str, status: int, title: str, text: str) -> HttpResponse:
        context = {"home": home, "title": title, "text": text, "status": status, "reason": HTTPStatus(status).phrase}
        return _html(self._render("error.html", context), status)

    def _plain(self, template: str, status: int, **context: object) -> HttpResponse:
        """A page for someone who is not let in: it loads nothing and says nothing about the project."""
        style, script = self._render.assets["plain.css"], self._render.assets["entry.js"]
        parts = {"style": mark_safe(style.body.decode()), "script": mark_safe(script.body.decode())}
        response = _html(self._render(template, {"prefix": PREFIX, **parts, **context}), status)
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'sha256-{style.digest}'; script-src 'sha256-{script.digest}'; "
            "form-action 'self'; frame-ancestors 'none'"
        )
        return response


def _html(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, headers={"Content-Type": "text/html; charset=utf-8"})


def _visit(request: HttpRequest, form: Callable[[], QueryDict]) -> access_policy.Visit:
    shown = {name.lower(): value for name, value in request.headers.items()}
    return access_policy.Visit(
        method=request.method or "",
        scheme=request.scheme or "http",
        peer=request.META.get("REMOTE_ADDR") or "",
        path=request.path_info,
        headers=shown,
        code=_query(request).get("code"),
        holder=partial(peers.holder, request.META),
        form_token=lambda: shown.get(FORM_HEADER) or str(form().get(FORM_FIELD, "")),
    )


def _query(request: HttpRequest) -> QueryDict:
    return QueryDict(request.META.get("QUERY_STRING", ""), encoding="utf-8")


def _form(request: HttpRequest) -> QueryDict:
    """The posted form, read without the host's upload handlers."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    if request.content_type != "application/x-www-form-urlencoded":
        return QueryDict("")
    if not size.isdecimal() or int(size) > _LARGEST_FORM:
        raise SuspiciousOperation("a form that is too large")
    return QueryDict(request.body, encoding="utf-8")


def _exchanged(request: HttpRequest, verdict: access_policy.Exchange) -> HttpResponse:
    rest = [(name, value) for name, value in _query(request).items() if name != "code"]
    home = session.home(verdict.session)
    path = home + session.split(request.path_info)[1]
    response = HttpResponseRedirect(path + (f"?{urlencode(rest)}" if rest else ""))
    response.set_cookie(
        verdict.name,
        verdict.cookie,
        path=home,
        httponly=True,
        samesite="Strict",
        secure=request.scheme == "https",
    )
    return response


def _without_body(response: HttpResponseBase) -> HttpResponse:
    bare = HttpResponse(status=response.status_code, headers=dict(response.headers))
    response.close()
    return bare


def for_this_project(tell: Callable[[str], None], announce: Callable[[Server | None], None]) -> Handler:
    """The dashboard of the project this process serves."""
    from simple_deploy.runs.service import Service
    from simple_deploy.web.project import Project

    project = Project()
    server = development_server(sys.argv, os.environ)

    def renew() -> None:
        project.renew()
        announce(server)

    return Handler(
        open_service=lambda: Service(project.location, project.conf),
        background=_jobs,
        access=project.access,
        renew=renew,
        rules=project.rules(),
        tell=tell,
        threads=server is None or server.threads,
    )


def _jobs() -> Background:
    from simple_deploy.jobs import dispatch

    return dispatch
