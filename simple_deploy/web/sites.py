"""The pages of a deployed site. Looking at it makes no run; what changes something is confirmed first, and is a run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase

from simple_deploy.core import mail as outgoing
from simple_deploy.core.errors import InvalidAnswer, SimpleDeployError
from simple_deploy.core.secret import Secret
from simple_deploy.platforms.base import Operation
from simple_deploy.platforms.site import TOLD
from simple_deploy.runs.looking import LOOKS, Look
from simple_deploy.web import logstream
from simple_deploy.web.drawing import Drawing, drawings
from simple_deploy.web.request_context import NotFound, RequestContext
from simple_deploy.web.sitemodels import AFTERWARDS, ChangedVariable, ReleaseRow, SiteView
from simple_deploy.web.sitemodels import asked as asked_about

#: The operation that each page begins with, where the platform offers it.
_LOOKS: Mapping[str, Operation] = {
    "site": "status",
    "site-releases": "releases",
    "site-variables": "variables",
    "site-domains": "domains",
    "site-size": "sizes",
    "site-backups": "backups",
}

_COMMIT = re.compile(r"[0-9a-f]{4,64}")


def site(context: RequestContext, slug: str) -> HttpResponse:
    context.bring_back()
    return _page(context, "site", slug)


def releases(context: RequestContext, slug: str) -> HttpResponse:
    ids = [str(context.query.get(name, "")) for name in ("one", "other")]
    compared = context.service.compare(*ids) if all(map(_COMMIT.fullmatch, ids)) else None
    return _page(context, "site-releases", slug, "releases", "rollback", compared=compared)


def variables(context: RequestContext, slug: str) -> HttpResponse:
    return _page(context, "site-variables", slug, "variables", "set")


def domains(context: RequestContext, slug: str) -> HttpResponse:
    return _page(context, "site-domains", slug, "domains")


def size(context: RequestContext, slug: str) -> HttpResponse:
    return _page(context, "site-size", slug, "sizes")


def mail(context: RequestContext, slug: str) -> HttpResponse:
    """The mail server of the site; posted, it is set, or a test mail is sent by it."""
    view = SiteView.of(context.service, slug, "set")
    if not context.posted:
        return _page(context, "site-mail", slug, "set", providers=outgoing.PROVIDERS)
    form = {key: str(value).strip() for key, value in context.form.items()}
    try:
        if "to" in form:
            if "run" not in view.operations or not form["to"] or form["to"].startswith("-"):
                raise InvalidAnswer("That is no address.", hint="Name one that you read: you@example.com.")
            told = {"command": shlex.join(("sendtestemail", form["to"]))}
            return context.start(context.service.create_operation(slug, "run", told))
        server = Secret(_server(form, str(context.form.get("password", ""))))
        return context.start(context.service.create_operation(slug, "set", {"name": outgoing.VARIABLE}, value=server))
    except InvalidAnswer as error:
        shown = {key: form.get(key, "") for key in ("provider", "host", "port", "user", "to")}
        return _page(
            context, "site-mail", slug, "set", providers=outgoing.PROVIDERS, problem=error, told=shown, status=400
        )


def _server(form: Mapping[str, str], password: str) -> str:
    """The mail server that was chosen, as a variable names it. :raises InvalidAnswer: something is missing."""
    known = outgoing.PROVIDERS.get(form.get("provider", ""))
    if not form.get("user") or not password:
        raise InvalidAnswer("A mail server needs a user name and a password.", hint="Your provider shows both.")
    if known is not None:
        return outgoing.address(known.host, form["user"], password, port=known.port)
    port = form.get("port") or "587"
    return outgoing.address(form.get("host", ""), form["user"], password, port=int(port) if port.isdecimal() else 0)


def command(context: RequestContext, slug: str) -> HttpResponse:
    return _page(context, "site-command", slug, "run")


def backups(context: RequestContext, slug: str) -> HttpResponse:
    return _page(context, "site-backups", slug, "backup", "backups")


def log(context: RequestContext, slug: str) -> HttpResponse:
    """The log; with JavaScript its lines come by :func:`log_stream`, and are filtered in the browser."""
    view = SiteView.of(context.service, slug, "logs")
    text, level = (str(context.query.get(name, "")) for name in ("text", "level"))
    asked = "look" in context.query or bool(text or level) or context.one_at_a_time
    found, trouble = _looked(context, slug, "logs") if asked else (None, None)
    return context.page(
        "site-log.html",
        view=view,
        here="site-log",
        lines=logstream.shown(found.lines, text=text, level=level) if found else "",
        trouble=trouble,
        follows=not asked,
        text=text,
        level=level,
    )


def log_stream(context: RequestContext, slug: str) -> HttpResponseBase:
    SiteView.of(context.service, slug, "logs")
    return logstream.respond(context, slug)


def look(context: RequestContext, slug: str, operation: str) -> HttpResponse:
    """What the platform says now, as a part of a page."""
    found = next((each for each in _LOOKS.values() if each == operation), None)
    if found is None:
        raise NotFound
    view = SiteView.of(context.service, slug, found)
    return context.page("_site-look.html", view=view, look_at=found, seen=_seen(context, view, found))


def operate(context: RequestContext, slug: str) -> HttpResponse:
    """Ask about an operation, or begin it: by GET what it means is said first."""
    if "operation" not in context.query:
        context.must_be_posted()
    asked = context.form if context.posted else context.query
    view = SiteView.of(context.service, slug)
    operation = next((each for each in view.operations if each == asked.get("operation")), None)
    if operation is None or operation in LOOKS or operation == "follow":
        raise NotFound
    told = _told(operation, {key: str(value) for key, value in asked.items()})
    if not context.posted:
        return _question(context, view, operation, told, commit=str(asked.get("commit", "")))
    value = Secret(str(context.form.get("value", ""))) if operation == "set" else None
    try:
        if value is not None and not value and not context.form.get("empty"):
            raise InvalidAnswer(
                "There is no value.", hint="If it is meant to be empty, tick “Empty”; to remove a variable, unset it."
            )
        arguments = _arguments(context, view, operation, told)
        return context.start(context.service.create_operation(slug, operation, arguments, value=value))
    except InvalidAnswer as error:
        return _page(context, AFTERWARDS.get(operation, "site"), slug, problem=error, told=told, status=400)


def backup(context: RequestContext, slug: str, name: str) -> HttpResponseBase:
    """A backup as a file to keep; posted, it is removed."""
    SiteView.of(context.service, slug, "backup")
    try:
        if context.posted:
            context.service.backups.remove(slug, name)
            return context.go("site-backups", slug)
        return context.send_file(context.service.backups.get(slug, name).path, f"{slug}-{name}")
    except InvalidAnswer:
        raise NotFound from None


# -- parts --


def _question(
    context: RequestContext, view: SiteView, operation: Operation, told: Mapping[str, str], *, commit: str
) -> HttpResponse:
    """What an operation means, before it begins."""
    slug = view.card.slug
    try:
        # What it costs depends on what the site runs on now.
        sizes = context.service.ask_site(slug, "sizes").state.sizes if operation == "resize" else None
        question = asked_about(view, operation, told, commit, sizes)
    except SimpleDeployError as error:
        return _page(context, AFTERWARDS.get(operation, "site"), slug, problem=error, told=told, status=400)
    return context.page("operate.html", view=view, operation=operation, told=told, question=question)


def _page(
    context: RequestContext, name: str, slug: str, *needed: Operation, status: int = 200, **more: object
) -> HttpResponse:
    """The page of that *name*; what it shows of the platform comes later, or at once where it was asked for."""
    view = SiteView.of(context.service, slug, *needed)
    look_at = _LOOKS.get(name)
    if look_at not in view.operations:
        look_at = None
    seen = _seen(context, view, look_at) if look_at and "look" in context.query else None
    return context.page(f"{name}.html", status=status, view=view, here=name, look_at=look_at, seen=seen, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look at the site showed, for the template of its operation.

    :param trouble: why the platform could not be asked; *look* is None then.
    """

    look: Look | None = None
    trouble: SimpleDeployError | None = None
    releases: tuple[ReleaseRow, ...] = ()
    not_set: tuple[str, ...] = ()
    changed: tuple[ChangedVariable, ...] = ()
    charts: tuple[Drawing, ...] = ()


def _seen(context: RequestContext, view: SiteView, operation: Operation) -> Seen:
    look, trouble = _looked(context, view.card.slug, operation)
    if look is None:
        return Seen(trouble=trouble)
    return Seen(
        look=look,
        releases=view.releases(look.state.releases) if operation == "releases" else (),
        not_set=view.not_set(look.state.variables) if operation == "variables" else (),
        changed=view.changed(look.state.changed) if operation == "variables" else (),
        charts=drawings(look.state.charts),
    )


def _looked(context: RequestContext, slug: str, operation: Operation) -> tuple[Look | None, SimpleDeployError | None]:
    try:
        return context.service.ask_site(slug, operation), None
    except SimpleDeployError as error:
        return None, error


def _told(operation: Operation, asked: Mapping[str, str]) -> dict[str, str]:
    """What the operation is told, by name: a release, a variable, a command, one of the backups, a size."""
    name = TOLD.get(operation, "").rstrip("?")
    text = asked.get(name, "").strip()
    if operation == "resize" and asked.get("count"):
        text = f"{text}:{asked['count']}"
    return {name: text} if name and text else {}


def _arguments(
    context: RequestContext, view: SiteView, operation: Operation, told: Mapping[str, str]
) -> Mapping[str, str]:
    """The same for the platform. Of files the page names none but the backups it made.

    :raises InvalidAnswer: there is no such backup.
    """
    backups = context.service.backups
    if operation == "backup":
        return {"file": str(backups.new(view.card.slug, context.service.clock.now()))}
    if operation == "restore":
        return {"file": str(backups.get(view.card.slug, told.get("file", "")).path)}
    return told
