"""A run's events: numbered without gaps, redacted before they are stored, read by cursor, capped."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simple_deploy.core import ansi
from simple_deploy.core.events import Event, FindingRaised, Output, RunFinished, StepStarted
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.context import SystemClock
from simple_deploy.runs.eventlog import EventReader, EventWriter, read_tail
from tests.support.systems import is_private, needs_modes

Make = Callable[..., EventWriter]


def open_log(folder: Path, **options: int) -> EventWriter:
    return EventWriter(folder, clock=SystemClock(), redact=Redactor(["sentinel-value-42"]), **options)


@pytest.fixture
def writer() -> Iterator[Callable[..., EventWriter]]:
    with ExitStack() as stack:

        def make(folder: Path, **options: int) -> EventWriter:
            return stack.enter_context(closing(open_log(folder, **options)))

        yield make


def texts(events: list[Event]) -> list[str]:
    return [event.payload.text for event in events if isinstance(event.payload, Output)]


def test_events_are_numbered_and_read_back_in_order(tmp_path: Path, writer: Make) -> None:
    log = writer(tmp_path)
    log.record("build", StepStarted(title="Build"))
    log.record("build", Output(text="line one \x1b[32mgreen"))
    log.record(None, RunFinished(state="succeeded"))
    events = EventReader(tmp_path).read()
    assert [event.seq for event in events] == [1, 2, 3]
    assert texts(events) == ["line one \x1b[32mgreen"]


@needs_modes
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.jsonl")
    assert EventReader(tmp_path).read() == []
    assert read_tail(tmp_path, 10) == ([], 0)


def test_of_a_file_without_lines_no_more_is_read_than_a_line_may_have(tmp_path: Path) -> None:
    with (tmp_path / "events.jsonl").open("wb") as file:
        file.truncate(10_000_000_000)  # of which the disk holds nothing
    assert EventReader(tmp_path).read() == []
    assert read_tail(tmp_path, 10) == ([], 0)


def test_what_nobody_sees_is_not_stored(tmp_path: Path, writer: Make) -> None:
    log = writer(tmp_path)
    bad = "a\u202eb\u2028c\u061cd\u200be\u00adf\ufeffg\U000e0041h"
    log.record(None, Output(text=f"\x1b[1m{bad}\x1b]0;title\x07\x1b[2J"))
    log.record(None, Output(text=f"{bad}\nnext", stream="note"))
    log.record(bad, StepStarted(title=bad))
    log.close()
    stored = (tmp_path / "deploy.log").read_text(encoding="utf-8") + (tmp_path / "events.jsonl").read_text("utf-8")
    assert stored.count("abcdefgh") == 8
    assert not re.search("[^ -~\n]", stored)
    assert texts(EventReader(tmp_path).read()) == ["\x1b[1mabcdefgh", "abcdefgh\nnext"]


@pytest.mark.parametrize("cut", range(1, 17))
def test_a_secret_is_not_stored_that_goes_on_in_the_next_line(tmp_path: Path, writer: Make, cut: int) -> None:
    log = writer(tmp_path)
    for line in ("before", "sentinel-value-42"[:cut], "sentinel-value-42"[cut:], "after"):
        log.record(None, Output(text=line))
    finding = Finding(id="x", level=Level.INFO, title="x", details=("sentinel-va", "lue-42", "after"))
    log.record(None, FindingRaised(finding=finding))
    log.close()
    shown = texts(EventReader(tmp_path).read())
    assert (shown[0], shown[-1], len(shown)) == ("before", "after", 4)
    for name in ("events.jsonl", "deploy.log"):
        assert not re.search("tinel-val|value-42|lue-42", (tmp_path / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("spell", [lambda secret: "".join(f"\x1b[3{n % 8}m{char}" for n, char in enumerate(secret)),
                                   lambda secret: "\u200b".join(secret), lambda secret: "\x1b[K".join(secret)])  # fmt: skip
def test_a_secret_is_not_stored_in_pieces(tmp_path: Path, writer: Make, spell: Callable[[str], str]) -> None:
    log = writer(tmp_path)
    log.record(None, Output(text=f"key {spell('sentinel-value-42')} end"))
    log.record(None, Output(text=f"key {spell('sentinel-value-42')} end", stream="note"))
    log.close()
    shown = texts(EventReader(tmp_path).read())
    assert [ansi.plain(text) for text in shown] == ["key ••• end"] * 2
    assert (tmp_path / "deploy.log").read_text(encoding="utf-8").count("key ••• end") == 2


def test_nothing_secret_is_stored(tmp_path: Path, writer: Make) -> None:
    log = writer(tmp_path)
    log.record(None, Output(text="key sentinel-value-42"))
    finding = Finding(id="x", level=Level.INFO, title="sentinel-value-42", details=("a sentinel-value-42",))
    log.record(None, FindingRaised(finding=finding))
    log.close()
    for name in ("events.jsonl", "deploy.log"):
        assert "sentinel-value-42" not in (tmp_path / name).read_text(encoding="utf-8")
    assert is_private(tmp_path / "events.jsonl")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 3000), after=st.integers(0, 3100), size=st.integers(0, 200))
def test_a_cursor_finds_exactly_what_is_new(
    tmp_path_factory: pytest.TempPathFactory, count: int, after: int, size: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    with closing(open_log(folder)) as log:
        for number in range(count):
            log.record("s", Output(text=f"{number} " + "x" * size))
    seqs = [event.seq for event in EventReader(folder, after).read()]
    assert seqs == list(range(after + 1, count + 1))


def test_a_reader_goes_on_where_it_stopped(tmp_path: Path, writer: Make) -> None:
    log, reader = writer(tmp_path), EventReader(tmp_path)
    assert reader.read() == []
    log.record(None, Output(text="one"))
    assert texts(reader.read()) == ["one"]
    log.record(None, Output(text="two"))
    log.record(None, Output(text="three"))
    assert texts(reader.read(limit=1)) == ["two"]
    assert texts(reader.read()) == ["three"]


def test_a_half_written_line_is_read_when_it_is_complete(tmp_path: Path, writer: Make) -> None:
    log, reader = writer(tmp_path), EventReader(tmp_path)
    log.record(None, Output(text="one"))
    whole = (tmp_path / "events.jsonl").read_bytes()
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(whole.replace(b'"seq":1', b'"seq":2')[:30])
    assert len(reader.read()) == 1
    assert reader.read() == []


def test_a_writer_fixes_what_a_crash_left_and_goes_on_counting(tmp_path: Path, writer: Make) -> None:
    log = writer(tmp_path)
    log.record(None, Output(text="one"))
    log.close()
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"seq":2,"at":1')
    again = writer(tmp_path)
    again.record(None, Output(text="two"))
    events = EventReader(tmp_path).read()
    assert [event.seq for event in events] == [1, 2] and texts(events) == ["one", "two"]


def test_endless_output_keeps_its_head_and_its_tail(tmp_path: Path, writer: Make) -> None:
    log = writer(tmp_path, head=10, tail=5)
    for number in range(1000):
        log.record("s", Output(text=str(number)))
    log.record(None, RunFinished(state="succeeded"))
    shown = texts(EventReader(tmp_path).read())
    assert shown[:10] == [str(number) for number in range(10)]
    assert shown[10] == "… 985 lines left out …"
    assert shown[11:] == [str(number) for number in range(995, 1000)]


def test_the_tail_of_a_huge_log_keeps_every_other_event(tmp_path: Path, writer: Make) -> None:
    log = writer(tmp_path)
    log.record("s", StepStarted(title="Build"))
    for number in range(500):
        log.record("s", Output(text=str(number)))
    log.record(None, RunFinished(state="succeeded"))
    events, left_out = read_tail(tmp_path, 3)
    assert left_out == 497
    assert [event.seq for event in events] == [1, 499, 500, 501, 502]


@given(
    kinds=st.lists(st.sampled_from(["milestone", "output", "long output", "restart"]), max_size=40),
    lines=st.integers(0, 10),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_tail_is_what_the_whole_log_would_give(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], lines: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    log = open_log(folder)
    for number, kind in enumerate(kinds):
        if kind == "restart":
            log.close()
            log = open_log(folder)
        elif kind == "milestone":
            log.record("s", StepStarted(title=str(number)))
        else:
            log.record("s", Output(text=str(number) * (30_000 if kind == "long output" else 1)))
    log.close()
    every = EventReader(folder).read()
    output = [event.seq for event in every if isinstance(event.payload, Output)]
    shown = output[len(output) - lines :] if lines <= len(output) else output

    events, left_out = read_tail(folder, lines)

    expected = [event for event in every if not isinstance(event.payload, Output) or event.seq in shown]
    assert events == expected
    assert left_out == len(every) - len(expected)


def test_the_tail_of_a_huge_log_is_read_without_the_rest(tmp_path: Path, writer: Make) -> None:
    log = writer(tmp_path)
    log.record("s", StepStarted(title="Build"))
    for number in range(3_000):
        log.record("s", Output(text=f"{number} " + "x" * 200))
    path = tmp_path / "events.jsonl"
    raw = path.read_bytes()
    first = raw.index(b"\n") + 1
    # What lies between is overwritten: whoever reads it would show it or stumble over it.
    path.write_bytes(raw[:first] + b"{" * (len(raw) - first - 100_000) + raw[-100_000:])

    events, left_out = read_tail(tmp_path, 10)

    assert [event.seq for event in events] == [1, *range(2992, 3002)]
    assert left_out == 2990


def test_a_log_of_an_earlier_version_is_read_as_a_whole(tmp_path: Path) -> None:
    lines = [
        '{"seq":1,"at":1.0,"step":"s","kind":"step-started","data":{"title":"Build","why":""}}',
        *(
            f'{{"seq":{number},"at":1.0,"step":"s","kind":"output","data":{{"text":"{number}","stream":"out"}}}}'
            for number in range(2, 50)
        ),
    ]
    (tmp_path / "events.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
    events, left_out = read_tail(tmp_path, 2)
    assert [event.seq for event in events] == [1, 48, 49]
    assert left_out == 46
    log = open_log(tmp_path)
    log.record("s", Output(text="on"))
    log.close()
    assert [event.seq for event in read_tail(tmp_path, 1)[0]] == [1, 50]


def test_a_damaged_line_does_not_hide_the_rest(tmp_path: Path, writer: Make) -> None:
    log = writer(tmp_path)
    log.record(None, Output(text="one"))
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"seq":2,"at":"yesterday","step":null,"kind":"mystery","data":{}}\nnot json\n')
        file.write(b'{"seq":3,"at":1.0,"step":null,"kind":"output","data":{"text":"three"}}\n')
    assert texts(EventReader(tmp_path).read()) == ["one", "three"]
