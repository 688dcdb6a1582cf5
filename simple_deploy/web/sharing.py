"""The page from which a teacher lets a class follow. What the class sees is served elsewhere: see present/share/."""

from __future__ import annotations

from django.http import HttpResponse

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.present.share import lesson
from simple_deploy.web.request_context import RequestContext


def share(context: RequestContext) -> HttpResponse:
    state = context.service.store.root
    problem: SimpleDeployError | None = None
    starting = False
    if context.posted and "stop" in context.form:
        lesson.stop(state)
        return context.go("share")
    shared = lesson.current(state)
    if shared is None:
        try:
            lesson.addresses()
            if context.posted:
                lesson.start(context.service)
                starting = True
        except SimpleDeployError as error:
            problem = error
    return context.page("present-sharing.html", lesson=shared, starting=starting, problem=problem)


def state(context: RequestContext) -> HttpResponse:
    """The part of that page which changes."""
    return context.page("present-lesson.html", lesson=lesson.current(context.service.store.root), starting=True)
