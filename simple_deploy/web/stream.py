"""A run's events as they happen: server-sent events with a cursor, or one poll from the same cursor.

An event's number is its id in the stream. Whoever reconnects says the last id it saw and misses nothing; what is sent
twice carries the same ids and is shown once. The stream always answers 200 and ends by an event named ``done``: the
browser's side swaps any other answer into the page and stops.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.safestring import mark_safe

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.events import Event, Output
from simple_deploy.runs.eventlog import EventReader
from simple_deploy.runs.timeline import Timeline, fold, lines
from simple_deploy.web import formatting
from simple_deploy.web.request_context import RequestContext
from simple_deploy.web.runlist import state_mark
from simple_deploy.web.runview import RunView, short_paths

BATCH = 50  # lines in one message
AT_ONCE = 1_000  # events read at once at most, so that a long log takes little memory
TICK = 0.05  # seconds between two looks for news
HEARTBEAT = 8.0  # seconds of silence after which a comment is sent: a reader that is gone is noticed by writing
LOOK = 0.5  # seconds between two looks whether the run still lives
LAST_WORDS = 2.0  # seconds an ended run is given to write its last event
LIFE = 60.0  # seconds a stream lasts where each has a thread of its own
LIFE_ASYNC = 2.0  # an open stream holds up the reload of an asynchronous server

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    # Any value keeps compressing middleware of the host from holding the stream back.
    "Content-Encoding": "identity",
}


def respond(context: RequestContext, run_id: str) -> HttpResponse | StreamingHttpResponse:
    """The stream of *run_id*, or with ``?poll`` one answer with what is new."""
    follower = Follower(context, run_id, cursor(context))
    if "poll" in context.query:
        return _polled(context, follower)
    if isinstance(context.request, ASGIRequest):
        response = StreamingHttpResponse(_flow_async(follower, LIFE_ASYNC))
    else:
        response = StreamingHttpResponse(_flow(follower, LIFE))
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def watch(context: RequestContext) -> StreamingHttpResponse:
    """Says ``runs-changed`` when a run begins or ends anywhere: on this page, on another one or in a terminal."""
    seen = context.request.headers.get("Last-Event-ID") or str(context.query.get("seen", ""))
    response = StreamingHttpResponse(_watching(context, seen))
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _watching(context: RequestContext, seen: str) -> Iterator[str]:
    yield ": hello\n\n"
    begun = spoken = time.monotonic()
    while time.monotonic() - begun < LIFE:
        if not context.lasts():
            return
        now = state_mark(context.service)
        if now != seen:
            seen = now
            yield f"event: runs-changed\nid: {seen}\ndata:\n\n"
        elif time.monotonic() - spoken >= HEARTBEAT:
            yield ": still here\n\n"
            spoken = time.monotonic()
        time.sleep(LOOK)


def cursor(context: RequestContext) -> int:
    """Number of the last event the reader knows: its own word when it reconnects, else the one in the address."""
    for text in (context.request.headers.get("Last-Event-ID", ""), str(context.query.get("after", ""))):
        if text.isascii() and text.isdigit() and len(text) < 12:
            return int(text)
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened since the last look.

    :param seq: number of the last event in it.
    :param lines: HTML of the new log lines, in batches with the number each ends at.
    :param parts: HTML of the parts of the page that changed, or empty.
    """

    seq: int
    lines: tuple[tuple[int, str], ...] = ()
    parts: str = ""
    done: bool = False


class Follower:
    """One reader of one run."""

    def __init__(
        self, context: RequestContext, run_id: str, after: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._context = context
        self.run_id = run_id
        self._clock = clock
        self._seq = after
        self._reader: EventReader | None = None
        self._limit = BATCH
        self._short: formatting.Paths | None = None
        self._timeline: Timeline | None = None
        self._looked = self._checked = -LOOK
        self.done = False

    def lasts(self) -> bool:
        """Whether the reader's session has not ended."""
        now = self._clock()
        if now - self._checked < LOOK:
            return True
        self._checked = now
        return self._context.lasts()

    def news(self) -> News:
        """What is new; empty most of the time. :raises NoSuchRun:"""
        if self._reader is None:
            self._reader = self._context.service.reader(self.run_id, self._seq)
        events = self._reader.read(self._limit)
        # A few at first and then more and more, so that everybody who waits soon sees the beginning.
        self._limit = min(2 * self._limit, AT_ONCE)
        if not events:
            return self._idle()
        self._seq = events[-1].seq
        parts = ""
        if any(not isinstance(event.payload, Output) for event in events):
            parts = self._parts(events)
        return News(seq=self._seq, lines=_batches(events, self._paths()), parts=parts)

    def _paths(self) -> formatting.Paths:
        if self._short is None:
            self._short = short_paths(self._context.service, self._context.service.run(self.run_id))
        return self._short

    def _parts(self, events: list[Event]) -> str:
        before = self._timeline
        if before is None:
            self._timeline = fold(self._context.service.event_tail(self.run_id, 0)[0])
        else:
            self._timeline = fold(events, before)
        kinds = {event.payload.kind for event in events}
        return self._context.text(
            "_news.html",
            view=RunView.of(self._context.service, self.run_id, self._timeline),
            question="question-asked" in kinds or "question-answered" in kinds or "run-finished" in kinds,
            outcome="plan-ready" in kinds,
        )

    def _idle(self) -> News:
        """Nothing was written; see whether anything still can be."""
        now = self._clock()
        if now - self._looked < LOOK:
            return News(seq=self._seq)
        self._looked = now
        run = self._context.service.run(self.run_id)
        if run.is_active:
            self._context.revive(run)  # whoever was to begin may have died since the page was opened
            return News(seq=self._seq)
        if self._timeline is None:
            self._timeline = fold(self._context.service.event_tail(self.run_id, 0)[0])
        if self._timeline.end is None and time.time() - (run.finished or 0.0) < LAST_WORDS:
            return News(seq=self._seq)
        self.done = True
        view = RunView.of(self._context.service, self.run_id, self._timeline)
        parts = self._context.text("_news.html", view=view, question=True, outcome=True)
        return News(seq=self._seq, parts=parts, done=True)


def _batches(events: list[Event], paths: formatting.Paths) -> tuple[tuple[int, str], ...]:
    shown = lines(events)
    return tuple(
        (part[-1].seq, formatting.log_lines(part, paths))
        for part in (shown[i : i + BATCH] for i in range(0, len(shown), BATCH))
    )


def message(data: str, *, event: str = "", id: int | str | None = None) -> str:
    """One message of the event stream."""
    head = (f"event: {event}\n" if event else "") + (f"id: {id}\n" if id is not None else "")
    body = "".join(f"data: {line}\n" for line in data.replace("\r", "").split("\n"))
    return f"{head}{body}\n"


def messages(news: News) -> str:
    """*News* as messages. The last one alone carries the last id: a cut in between repeats, and loses nothing."""
    found = []
    for seq, html in news.lines:
        last = news.parts and seq == news.lines[-1][0]
        found.append(message(html, event="lines", id=None if last else seq))
    if news.parts:
        found.append(message(news.parts, id=news.seq))
    if news.done:
        found.append(message("", event="done", id=news.seq))
    return "".join(found)


def _step(follower: Follower) -> str:
    try:
        return messages(follower.news())
    except SimpleDeployError:  # the run is gone: nothing will ever come
        follower.done = True
        return message("", event="done")


def _flow(follower: Follower, life: float) -> Iterator[str]:
    yield ": hello\n\n"
    begun = spoken = time.monotonic()
    while time.monotonic() - begun < life and follower.lasts():
        text = _step(follower)
        now = time.monotonic()
        if text or now - spoken >= HEARTBEAT:
            yield text or ": still here\n\n"
            spoken = now
        if follower.done:
            return
        if not text:
            time.sleep(TICK)


async def _flow_async(follower: Follower, life: float) -> AsyncIterator[str]:
    yield ": hello\n\n"
    look = sync_to_async(_step, thread_sensitive=False)
    begun = time.monotonic()
    while time.monotonic() - begun < life and follower.lasts():
        text = await look(follower)
        if text:
            yield text
        if follower.done:
            return
        if not text:
            await asyncio.sleep(TICK)


def _polled(context: RequestContext, follower: Follower) -> HttpResponse:
    try:
        news = follower.news()
    except SimpleDeployError:
        news = News(seq=0, done=True)
    if not news.lines and not news.parts and not news.done:
        return HttpResponse(status=204)
    html = mark_safe("".join(html for _, html in news.lines))
    return context.page("_poll.html", run_id=follower.run_id, news=news, lines=html)
