"""Lessons in the page: which there are, and one step at a time beside the real pages."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import HttpResponse

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.platforms.simulation import SCENARIOS
from simple_deploy.present.lessons import library
from simple_deploy.present.lessons.lesson import Lesson
from simple_deploy.present.words import WORDS
from simple_deploy.web.request_context import NotFound, RequestContext


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A lesson in the list.

    :param done: how many steps are finished.
    :param problem: why it cannot be used, or empty.
    """

    name: str
    lesson: Lesson | None
    done: int = 0
    problem: str = ""


def lessons(context: RequestContext) -> HttpResponse:
    state = context.service.store.root
    offered = []
    for name in library.names(state):
        try:
            found = library.load(state, name)
            offered.append(Offered(name=name, lesson=found, done=len(library.done(state, name))))
        except SimpleDeployError as error:
            offered.append(Offered(name=name, lesson=None, problem=error.message))
    return context.page("present-lessons.html", offered=offered, words=tuple(WORDS.items()))


def lesson(context: RequestContext, name: str, number: int = 1) -> HttpResponse:
    """One step. A change marks it as finished, or begins the lesson anew."""
    state = context.service.store.root
    found = library.load(state, name)
    if found is None or not 1 <= number <= len(found.steps):
        raise NotFound
    if context.posted and "anew" in context.form:
        library.start_again(state, name, time.time())
        return context.go("lesson", name)
    if context.posted:
        library.mark(state, name, number)
        following = min(number + 1, len(found.steps))
        return context.go("lesson-step", name, str(following))
    step = found.steps[number - 1]
    platform = next((each.card for each in context.service.registry.platforms if each.card.slug == step.platform), None)
    return context.page(
        "present-step.html",
        lesson=found,
        step=step,
        number=number,
        done=library.done(state, name),
        card=platform,
        scenario=SCENARIOS.get(step.scenario, ""),
        rehearsed=bool(platform) and context.service.on_stage(step.platform) is not None,
        checked=library.check(context.service, step, library.since(state, name)) if "check" in context.query else (),
    )
