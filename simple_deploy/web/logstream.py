"""The log of a deployed site in the page: what is there, and what comes, asked of the platform again and again.

Whoever reconnects says where it had got to, and is sent what came since; see :mod:`simple_deploy.runs.sitelog`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.utils.safestring import SafeString, mark_safe

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.runs.sitelog import LEVELS, Level, levels, mark, since
from simple_deploy.web import formatting
from simple_deploy.web.request_context import RequestContext
from simple_deploy.web.stream import HEADERS, HEARTBEAT, LIFE, LIFE_ASYNC, message

PAUSE = 1.0  # seconds between two questions to the platform
TICK = 0.25  # seconds between two looks whether it is time
SHARE = 4  # and so many times as long as the platform takes to answer, so that asking is no work to speak of


def shown(lines: Sequence[str], *, text: str = "", level: str = "") -> SafeString:
    """*lines* as elements, those that hold *text* and are at least as serious as *level*."""
    least = LEVELS.index(level) if level in LEVELS else 0
    return mark_safe(
        "".join(
            _line(line, serious)
            for line, serious in levels(lines)
            if LEVELS.index(serious) >= least and text.lower() in line.lower()
        )
    )


def _line(line: str, level: Level) -> str:
    return f'<div class="line level-{level}">{formatting.to_html(line) or "&#8203;"}</div>'


def _remark(text: str, outcome: str = "") -> str:
    return f'<div class="line line-end {outcome} level-error">{escape(text)}</div>'


def respond(context: RequestContext, slug: str) -> StreamingHttpResponse:
    place = context.request.headers.get("Last-Event-ID") or str(context.query.get("after", ""))
    follower = _Follower(context, slug, place)
    asynchronous = isinstance(context.request, ASGIRequest)
    response = StreamingHttpResponse(_flow_async(follower) if asynchronous else _flow(follower))
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


@dataclass(slots=True)
class _Follower:
    """One reader of the log."""

    context: RequestContext
    slug: str
    place: str
    again: float = field(default=0.0)  # when to ask next
    done: bool = False

    def news(self) -> str:
        """Messages with the lines that are new; empty most of the time."""
        if time.monotonic() < self.again:
            return ""
        try:
            look = self.context.service.ask_site(self.slug, "logs")
        except SimpleDeployError as error:
            self.done = True
            said = _remark(f"{error.message} {error.hint}".strip(), "is-failed")
            return message(said, event="lines") + message("", event="done")
        self.again = time.monotonic() + max(PAUSE, SHARE * look.seconds)
        fresh, found = since(look.lines, self.place)
        if not fresh:
            return ""
        self.place = mark(look.lines)
        skipped = "" if found else _remark("Some lines in between are not shown: there were too many at once.")
        return message(skipped + shown(fresh), event="lines", id=self.place)


def _flow(follower: _Follower) -> Iterator[str]:
    yield ": hello\n\n"
    begun = spoken = time.monotonic()
    while time.monotonic() - begun < LIFE and follower.context.lasts():
        text = follower.news()
        now = time.monotonic()
        if text or now - spoken >= HEARTBEAT:
            yield text or ": still here\n\n"
            spoken = now
        if follower.done:
            return
        time.sleep(TICK)


async def _flow_async(follower: _Follower) -> AsyncIterator[str]:
    yield ": hello\n\n"
    look = sync_to_async(follower.news, thread_sensitive=False)
    begun = time.monotonic()
    while time.monotonic() - begun < LIFE_ASYNC and follower.context.lasts():
        text = await look()
        if text:
            yield text
        if follower.done:
            return
        await asyncio.sleep(TICK)
