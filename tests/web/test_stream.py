"""The stream: every event once, in order, from any cursor, and an end."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncRequestFactory

from simple_deploy.core.events import (
    Output,
    QuestionAsked,
    RunFinished,
    RunStarted,
    StepFinished,
    StepHead,
    StepStarted,
)
from simple_deploy.core.options import Option, Question
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.context import SystemClock
from simple_deploy.runs.eventlog import EventWriter
from simple_deploy.runs.model import Run, RunState
from simple_deploy.web import stream
from simple_deploy.web.access import Access
from simple_deploy.web.stream import BATCH, Follower, message, messages
from tests.web.conftest import Browser, Shop, text

HEAD = StepHead(id="build", title="Build", why="Because.")


class Live:
    """A run that is under way: the test writes its events."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        store = browser.service.store
        self.run: Run = browser.service.create_plan("toy", {})
        store.update(self.run.id, state=RunState.RUNNING, started=time.time())
        self.writer = EventWriter(store.folder(self.run.id), clock=SystemClock(), redact=Redactor())
        self.write(
            RunStarted(run_kind="plan", platform="toy", steps=(HEAD,)), StepStarted(title="Build", why="Because.")
        )

    def write(self, *payloads: object) -> None:
        for payload in payloads:
            self.writer.record("build", payload)  # type: ignore[arg-type]

    def output(self, count: int, start: int = 0) -> None:
        self.write(*(Output(text=f"line {number}") for number in range(start, start + count)))

    def end(self, state: RunState = RunState.SUCCEEDED) -> None:
        self.browser.service.store.update(self.run.id, state=state, finished=time.time())
        self.write(StepFinished(outcome="done", seconds=1.0), RunFinished(state=state.value))
        self.writer.close()

    @property
    def path(self) -> str:
        return f"runs/{self.run.id}/stream/"


@pytest.fixture
def live(browser: Browser) -> Iterator[Live]:
    run = Live(browser)
    yield run
    run.writer.close()


def read(response: object) -> str:
    assert isinstance(response, StreamingHttpResponse)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/event-stream; charset=utf-8"
    return b"".join(response.streaming_content).decode()  # type: ignore[arg-type]


def shown(sent: str) -> list[int]:
    """Numbers of the lines in a stream, in the order they came."""
    return [int(number) for number in re.findall(r'class="line[^"]*" id="e(\d+)"', sent)]


def ids(sent: str) -> list[int]:
    return [int(number) for number in re.findall(r"^id: (\d+)$", sent, re.M)]


def test_a_finished_run_is_told_from_the_cursor_and_ends(live: Live) -> None:
    live.output(120)
    live.end()
    everything = read(live.browser.get(live.path))
    assert shown(everything) == [*range(2, 125)]  # the first event has no line
    assert everything.endswith("event: done\nid: 124\ndata: \n\n")
    assert shown(read(live.browser.get(f"{live.path}?after=100"))) == [*range(101, 125)]
    assert shown(read(live.browser.get(f"{live.path}?after=124"))) == []
    assert "event: done" in read(live.browser.get(f"{live.path}?after=124"))


def test_the_last_event_a_reader_saw_wins_over_the_address(live: Live) -> None:
    live.output(10)
    live.end()
    assert shown(read(live.browser.get(f"{live.path}?after=2", Last_Event_ID="8"))) == [*range(9, 15)]


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1e3", "²", "9" * 40])
def test_a_cursor_that_makes_no_sense_means_from_the_beginning(live: Live, cursor: str) -> None:
    live.end()
    assert shown(read(live.browser.get(f"{live.path}?after={cursor}"))) == [2, 3, 4]


def test_lines_come_in_batches_and_only_the_last_message_of_a_look_carries_the_last_id(live: Live) -> None:
    live.output(BATCH * 2 + 10)
    desk_stream = read_some(live, 2)
    counts = [len(shown(part)) for part in desk_stream.split("\n\n") if "event: lines" in part]
    assert counts == [BATCH - 1, BATCH, 12], "the first look takes few events, one of which has no line"
    assert ids(desk_stream)[-1] == BATCH * 2 + 12
    assert ids(desk_stream) == sorted(ids(desk_stream))


def read_some(live: Live, looks: int, after: int = 0) -> str:
    from simple_deploy.web.request_context import RequestContext

    browser = live.browser
    context = RequestContext(
        request=browser.factory.get("/simple-deploy/"),
        service=browser.service,
        background=browser.background,
        render=browser.handler._render,
        query={},  # type: ignore[arg-type]
        form={},  # type: ignore[arg-type]
        home=browser.home,
        token="t",
        end_sessions=lambda: None,
        lasts=lambda: True,
    )
    follower = Follower(context, live.run.id, after)
    return "".join(messages(follower.news()) for _ in range(looks))


def test_a_cut_anywhere_loses_nothing_and_repeats_only_what_has_its_number_already(live: Live) -> None:
    live.output(130)
    live.write(StepFinished(outcome="done", seconds=1.0))
    live.end()
    whole = read(live.browser.get(live.path))
    parts = whole.split("\n\n")
    for cut in range(len(parts)):
        before = "\n\n".join(parts[:cut]) + "\n\n"
        last = ids(before)[-1] if ids(before) else 0
        after = read(live.browser.get(live.path, Last_Event_ID=str(last)))
        seen = list(dict.fromkeys([*shown(before), *shown(after)]))
        assert seen == shown(whole)


def test_parts_of_the_page_change_when_more_than_output_happens(live: Live) -> None:
    first = read_some(live, 1)
    assert 'hx-target="#run-steps"' in first
    live.output(3)
    assert "hx-partial" not in read_some(live, 1, after=2)
    live.write(
        QuestionAsked(question=Question(id="q", title="Really?", fields=(Option(name="name", label="Your name"),)))
    )
    asked = read_some(live, 1, after=5)
    assert 'hx-target="#run-question"' in asked
    assert "Your name" in asked


def test_events_arrive_while_the_stream_is_open(live: Live) -> None:
    response = live.browser.get(live.path)
    assert isinstance(response, StreamingHttpResponse)
    pieces = iter(response.streaming_content)
    assert next(pieces).startswith(b":")  # type: ignore[arg-type]
    assert shown(next(pieces).decode()) == [2]  # type: ignore[union-attr]
    threading.Timer(0.05, live.output, (1,)).start()
    assert shown(next(pieces).decode()) == [3]  # type: ignore[union-attr]
    live.end()
    assert b"event: done" in b"".join(pieces)  # type: ignore[arg-type]


def test_silence_is_broken_by_a_comment_and_life_is_limited(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.1)
    monkeypatch.setattr(stream, "LIFE", 0.5)
    sent = read(live.browser.get(f"{live.path}?after=2"))
    assert sent.count(": still here\n\n") >= 1
    assert "event: done" not in sent


def test_a_run_whose_process_is_gone_ends_the_stream(live: Live) -> None:
    live.browser.service.store.update(live.run.id, state=RunState.INTERRUPTED, finished=time.time() - 60)
    sent = read(live.browser.get(live.path))
    assert "Interrupted" in sent
    assert "event: done" in sent


def test_whoever_waits_for_a_run_to_begin_sees_to_it_that_it_does(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFE", 0.2)
    waiting = browser.service.create_plan("toy", {})

    read(browser.get(f"runs/{waiting.id}/stream/"))

    assert set(browser.background.revived) == {waiting.id}


def test_the_stream_of_a_run_that_is_not_there_ends_at_once_and_is_no_error(browser: Browser) -> None:
    assert "event: done" in read(browser.get("runs/20260101-000000-000-abcdef/stream/"))


def test_compressing_middleware_of_the_host_leaves_it_alone(live: Live) -> None:
    response = live.browser.get(live.path)
    assert response["Content-Encoding"] == "identity"
    response.close()


def test_polling_goes_on_from_the_same_cursor(live: Live) -> None:
    live.output(3)
    first = live.browser.get(f"{live.path}?poll=1&after=0")
    assert first.status_code == 200
    assert shown(text(first)) == [2, 3, 4, 5]
    assert "after=5" in text(first)
    assert 'hx-trigger="every 1s"' in text(first)
    assert live.browser.get(f"{live.path}?poll=1&after=5").status_code == 204
    live.end()
    last = text(live.browser.get(f"{live.path}?poll=1&after=5"))
    assert shown(last) == [6, 7]
    over = text(live.browser.get(f"{live.path}?poll=1&after=7"))
    assert "hx-trigger" not in over.partition("<title>")[0]
    assert 'hx-target="#run-outcome"' in over


def test_a_server_that_answers_one_at_a_time_is_polled(live: Live) -> None:
    assert "hx-sse:connect" in live.browser.page(f"runs/{live.run.id}/")
    page = text(live.browser.get(f"runs/{live.run.id}/", multithread=False))
    assert "hx-sse:connect" not in page
    assert "poll=1" in page


def test_an_asynchronous_server_gets_an_asynchronous_stream_that_ends_soon(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFE_ASYNC", 0.3)
    live.output(2)
    request = AsyncRequestFactory().get(f"{live.browser.home}{live.path}")
    sent = live.browser.sent.items()
    request.META.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent})
    response = live.browser.handler(request)
    assert isinstance(response, StreamingHttpResponse), live.browser.told
    assert response.is_async

    async def collect() -> str:
        return b"".join([piece async for piece in response]).decode()  # type: ignore[union-attr, misc]

    sent = asyncio.run(collect())
    assert shown(sent) == [2, 3, 4]
    assert "event: done" not in sent


@pytest.mark.parametrize("path", ["stream", "watch"])
def test_a_stream_ends_with_its_session(live: Live, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(stream, "LIFE", float("inf"))
    response = live.browser.get("watch/" if path == "watch" else live.path)
    assert isinstance(response, StreamingHttpResponse)
    pieces = iter(response.streaming_content)  # type: ignore[call-overload]
    assert next(pieces) == b": hello\n\n"
    live.browser.access = Access(code="another-code-since-the-sessions-were-ended")
    rest = b"".join(pieces).decode()
    assert "event: done" not in rest, "the page is told nothing of the run; it is simply over"


def test_an_asynchronous_stream_ends_with_its_session(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIFE_ASYNC", float("inf"))
    request = AsyncRequestFactory().get(f"{live.browser.home}{live.path}")
    headers = live.browser.sent.items()
    request.META.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers})
    response = live.browser.handler(request)

    async def collect() -> str:
        found = []
        async for piece in response:  # type: ignore[union-attr]
            live.browser.access = Access(code="another-code-since-the-sessions-were-ended")
            found.append(piece)
        return b"".join(found).decode()

    assert "event: done" not in asyncio.run(collect())


def test_the_first_view_holds_everything_so_far_and_goes_on_after_it(live: Live) -> None:
    live.output(5)
    page = live.browser.page(f"runs/{live.run.id}/")
    assert shown(page) == [2, 3, 4, 5, 6, 7]
    assert f'hx-sse:connect="{live.browser.home}{live.path}?after=7"' in page


def test_a_long_log_is_shown_from_its_end_and_the_rest_when_asked_for(live: Live) -> None:
    live.output(2500)
    page = live.browser.page(f"runs/{live.run.id}/")
    assert shown(page) == [*range(1503, 2503)]
    assert 'id="log-earlier">' in page
    before = text(live.browser.get(f"runs/{live.run.id}/lines/?before=1503"))
    assert shown(before) == [*range(503, 1503)]
    assert "data-more" in before
    first = text(live.browser.get(f"runs/{live.run.id}/lines/?before=503"))
    assert shown(first) == [*range(2, 503)]
    assert "data-more" not in first


def test_messages_are_framed_by_lines() -> None:
    assert message("a\nb\r", event="x", id=3) == "event: x\nid: 3\ndata: a\ndata: b\n\n"


def test_the_start_page_is_told_when_a_run_begins_or_ends_anywhere(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIFE", 0.4)
    monkeypatch.setattr(stream, "LOOK", 0.05)
    seen = re.search(r"watch/\?seen=([\w.-]+)", live.browser.page())
    assert seen
    assert "changed" not in read(live.browser.get(f"watch/?seen={seen[1]}"))
    live.end()
    told = read(live.browser.get(f"watch/?seen={seen[1]}"))
    assert told.count("event: runs-changed") == 1
    mark = re.search(r"id: (.+)", told)
    assert mark
    assert "changed" not in read(live.browser.get(f"watch/?seen={seen[1]}", Last_Event_ID=mark[1]))
    assert "Follow it" not in text(live.browser.get("lately/"))


def test_an_answer_in_place_is_checked_and_given_once(live: Live) -> None:
    question = Question(id="q", title="Really?", fields=(Option(name="name", label="Your name", pattern="[a-z]+"),))
    live.write(QuestionAsked(question=question))
    path = f"runs/{live.run.id}/answer/"
    assert 'name="option-name"' in live.browser.page(f"runs/{live.run.id}/")
    wrong = live.browser.post(path, question="q", **{"option-name": "NO"})
    assert "does not fit" in text(wrong)
    live.browser.headers["HX-Request"] = "true"
    wrong = live.browser.post(path, question="q", **{"option-name": "NO"})
    assert text(wrong).strip().startswith('<div id="run-question">')
    assert live.browser.post(path, question="q", **{"option-name": "yes"}).status_code == 204
    assert live.browser.post(path, question="q", **{"option-name": "again"}).status_code == 204
    assert live.browser.service.store.take_answer(live.run.id, "q") == {"name": "yes"}


@pytest.mark.parametrize(("button", "answer"), [({"option-go_on": "yes"}, True), ({}, False)])
def test_a_yes_or_no_question_is_answered_by_one_of_two_buttons(
    live: Live, button: dict[str, str], answer: bool
) -> None:
    asked = Option(name="go_on", label="Continue with these files?", kind="flag")
    live.write(QuestionAsked(question=Question(id="q", title="Not as you approved", fields=(asked,))))
    page = live.browser.page(f"runs/{live.run.id}/")
    form = page[page.index('id="run-question"') :]
    form = form[: form.index("</form>")]
    assert "<p>Continue with these files?</p>" in form
    assert 'name="option-go_on" value="yes">Yes</button>' in form
    assert '<button class="button" type="submit">No</button>' in form
    assert "Continue <" not in form and "checkbox" not in form
    live.browser.post(f"runs/{live.run.id}/answer/", question="q", **button)
    assert live.browser.service.store.take_answer(live.run.id, "q") == {"go_on": answer}


def test_the_shop_has_a_stream_too(shop: Shop) -> None:
    sent = read(shop.browser.get(f"runs/{shop.run.id}/stream/"))
    assert sorted(set(shown(sent))) == shown(sent)
