"""A run in words: the same in a pipe and on a terminal, where the running step turns below what was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.cli.jsonlines import platform_data
from simple_deploy.cli.output import Lines, PlainLines, in_ci, open_lines
from simple_deploy.cli.stream import Stream
from simple_deploy.cli.terminal import Terminal
from simple_deploy.core.events import (
    Event,
    FileChanged,
    FindingRaised,
    Output,
    Payload,
    QuestionAnswered,
    QuestionAsked,
    ResourceCreated,
    ResourceDestroyed,
    RunFinished,
    RunStarted,
    StepFinished,
    StepHead,
    StepStarted,
)
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.options import Question
from simple_deploy.core.resources import Resource
from simple_deploy.platforms.base import Link, SiteState
from simple_deploy.platforms.charts import Chart
from simple_deploy.platforms.registry import LoadFailure, PluginRegistry
from simple_deploy.runs.model import ErrorInfo, Run, RunKind
from simple_deploy.runs.summary import Row, Section, Summary
from tests.support.plugins.simple_deploy_toy import Toy
from tests.unit.cli.streams import MOVES, Fake
from tests.unit.cli.test_text import OBEYED, hostile

APP = Resource(kind="app", name="blog", cost="5 € a month")
BUILD = StepHead(id="build", title="Build", why="It has to be built.")
SKIP = StepHead(id="skip", title="Skip", why="It is not needed.")

STORY: tuple[tuple[str | None, Payload], ...] = (
    (None, RunStarted(run_kind="deploy", platform="toy", steps=(BUILD, SKIP))),
    ("build", StepStarted(title="Build")),
    ("build", Output(text="make all\nmake more", stream="command")),
    ("build", Output(text="\x1b[32mcompiled\x1b[0m")),
    ("build", FileChanged(path="toy.toml", change="create")),
    ("build", ResourceCreated(resource=APP)),
    ("build", QuestionAsked(question=Question(id="q", title="Which colour?"))),
    ("build", QuestionAnswered(question_id="q", answer="Colour: red")),
    ("build", FindingRaised(finding=Finding(id="fine", level=Level.OK, title="Nobody needs to read this."))),
    ("build", FindingRaised(finding=Finding(id="bad", level=Level.WARNING, title="Hm.", why="Well.", fix="Fix it."))),
    ("build", StepFinished(outcome="done", seconds=12.4)),
    ("skip", StepFinished(outcome="skipped", seconds=0, detail="done before")),
    ("last", StepStarted(title="Last")),
    ("last", ResourceDestroyed(resource=APP)),
    ("last", StepFinished(outcome="failed", seconds=0.4, detail="It broke.")),
    (None, RunFinished(state="failed", message="It broke.", remains=(APP,))),
)
TOLD = """\
    $ make all …
    compiled
    toy.toml created
    app blog created
? Which colour?
    Colour: red
  ! Hm.
      Well.
      → Fix it.
✓ Build  12 s
– Skip  done before
    app blog removed
✗ Last  failed after 0.4 s

This exists on the platform and stays there until you deploy again or use --destroy:
  app blog 5 € a month
"""


def events(payloads: Iterable[tuple[str | None, Payload]]) -> list[Event]:
    return [Event(seq=seq, at=0.0, step=step, payload=payload) for seq, (step, payload) in enumerate(payloads, 1)]


def tell(lines: Lines, payloads: Iterable[tuple[str | None, Payload]] = STORY, *, quiet: bool = False) -> None:
    terminal = Terminal(lines, quiet=quiet)
    for event in events(payloads):
        terminal.listen(event)


def test_a_run_in_a_pipe() -> None:
    out = Fake()
    tell(open_lines(out, {}))
    assert out.getvalue() == TOLD.replace("    $ make", "→ Build\n    $ make").replace(
        "    app blog removed", "→ Last\n    app blog removed"
    )


def test_a_run_on_a_terminal_says_the_same() -> None:
    out = Fake(tty=True)
    tell(open_lines(out, {"TERM": "xterm"}))
    assert out.left == [line for line in TOLD.splitlines() if line]
    assert "\x1b[32m✓ Build" in out.getvalue() and "⠋ Build" in out.text
    assert "\x1b[32mcompiled" in out.getvalue()
    assert out.getvalue().rindex("\x1b[?25h") > out.getvalue().rindex("\x1b[?25l")  # the cursor is back


def test_what_programs_print_can_be_left_out() -> None:
    out = Fake()
    tell(open_lines(out, {}), quiet=True)
    assert "compiled" not in out.getvalue() and "$ make all" in out.getvalue()


@given(hostile, st.booleans(), st.sampled_from(["utf-8", "ascii", "cp1252"]))
def test_nothing_in_an_event_moves_the_terminal(text: str, colour: bool, encoding: str) -> None:
    out = Fake(encoding=encoding)
    finding = Finding(id="f", level=Level.BLOCKER, title=text, why=text, fix=text, details=(text,), fix_name=text)
    resource = Resource(kind=text, name=text, cost=text)
    lines = PlainLines(Stream(out), colour=colour)
    tell(
        lines,
        [
            (text, StepStarted(title=text)),
            (text, Output(text=text)),
            (text, Output(text=text, stream="command")),
            (text, Output(text=text, stream="note")),
            (text, FileChanged(path=text, change="modify")),
            (text, ResourceCreated(resource=resource)),
            (text, QuestionAsked(question=Question(id=text, title=text))),
            (text, QuestionAnswered(question_id=text, answer=text)),
            (text, FindingRaised(finding=finding)),
            (text, StepFinished(outcome="skipped", seconds=0, detail=text)),
            (None, RunFinished(state="failed", remains=(resource,))),
        ],
    )
    terminal = Terminal(lines)
    terminal.error(ErrorInfo(code="SD000", message=text, hint=text, docs=text))
    terminal.note(text)
    terminal.prompt(text)
    written = out.getvalue()
    assert not OBEYED.search(re.sub(r"\x1b\[[0-9;:]*m", "", written) if colour else written)


@given(hostile)
def test_nothing_a_program_prints_moves_a_live_terminal(text: str) -> None:
    out = Fake(tty=True)
    lines = open_lines(out, {"TERM": "xterm"})
    terminal = Terminal(lines)
    terminal.listen(events([("build", Output(text=text))])[0])
    assert not MOVES.search(out.getvalue())
    assert not OBEYED.search(re.sub(r"\x1b\[[0-9;:]*m", "", out.getvalue()))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("tty", [True, False], ids=["terminal", "pipe"])
def test_a_console_that_knows_few_characters(tty: bool, encoding: str) -> None:
    out = Fake(tty=tty, encoding=encoding)
    tell(open_lines(out, {"TERM": "xterm"}))
    assert "ok Build  12 s" in out.text and "x Last  failed" in out.text


@pytest.mark.parametrize(
    ("environ", "colour", "live", "coloured"),
    [
        ({}, None, True, True),
        ({"TERM": "dumb"}, None, False, False),
        ({"NO_COLOR": "1"}, None, False, False),
        ({"NO_COLOR": ""}, None, True, True),
        ({"CI": "true"}, None, False, False),
        ({"CI": "false"}, None, True, True),
        ({}, False, False, False),
        ({"CI": "true"}, True, True, True),
        ({"TERM": "dumb"}, True, False, True),
    ],
)
def test_when_the_display_is_live(environ: Mapping[str, str], colour: bool | None, live: bool, coloured: bool) -> None:
    lines = open_lines(Fake(tty=True), environ, colour=colour)
    assert (not isinstance(lines, PlainLines), lines.colour) == (live, coloured)
    assert isinstance(open_lines(Fake(), environ, colour=colour), PlainLines)


def test_build_services_are_recognised() -> None:
    assert in_ci({"CI": "true"}) and in_ci({"CI": "1"})
    assert not in_ci({}) and not in_ci({"CI": ""}) and not in_ci({"CI": "False"})


def test_a_reader_that_goes_away_is_no_error() -> None:
    class Broken(Fake):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    for tty in (True, False):
        tell(open_lines(Broken(tty=tty), {"TERM": "xterm"}))
    closed = Fake()
    closed.close()
    tell(PlainLines(Stream(closed)))


def test_while_somebody_types_nothing_moves() -> None:
    out = Fake(tty=True)
    lines = open_lines(out, {"TERM": "xterm"})
    lines.begin("Build")
    with lines.paused():
        lines.prompt("Name: ")
        with lines.paused():
            lines.write("in between")
        length = len(out.getvalue())
        lines.prompt("Again: ")
        assert out.getvalue()[length:] == "Again: "
    lines.end()
    length = len(out.getvalue())
    lines.write("afterwards")
    assert out.getvalue()[length:].strip() == "afterwards"


def test_the_log_of_a_site_is_printed_bare() -> None:
    out = Fake()
    terminal = Terminal(open_lines(out, {}))
    listen = terminal.listener(Run(id="1", kind=RunKind.OPERATE, subject="logs"))
    for event in events(
        [("logs", StepStarted(title="Logs")), ("logs", Output(text="GET /", stream="note")), *STORY[-3:]]
    ):
        listen(event)
    assert out.getvalue() == "GET /\n"
    assert terminal.listener(Run(id="1", kind=RunKind.OPERATE, subject="status")) == terminal.listen


def test_the_state_of_a_site_has_its_charts_in_letters() -> None:
    out = Fake()
    chart = Chart(title="Requests", summary="9 in the last hour", begins=0, step=60, values=(None, 0, 9))
    link = Link(title="Metrics", url="https://pond.example/metrics")
    state = SiteState(running=True, headline="It swims.", charts=(chart,), metrics=link)
    Terminal(open_lines(out, {})).site(Run(id="1", kind=RunKind.OPERATE, subject="status"), state)
    assert out.getvalue().splitlines()[-3:] == [
        "  Requests: 9 in the last hour",
        "   ▁█",
        "  Metrics: https://pond.example/metrics",
    ]


def test_the_list_of_platforms_says_which_one_closes_and_where_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    note = "It closes on 2027-03-01; move to the pond."
    monkeypatch.setattr(Toy, "card", replace(Toy.card, status="deprecated", status_note=note))
    registry = PluginRegistry(pluggy.PluginManager("simple_deploy"), {"toy": Toy()}, ())
    out = Fake()

    Terminal(open_lines(out, {})).platforms(registry)

    assert "(deprecated, checked " in out.getvalue()
    assert note in out.getvalue()
    assert (platform_data(Toy())["status"], platform_data(Toy())["status_note"]) == ("deprecated", note)


def test_long_words_about_a_platform_break_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = "About 30 € a month for a site with PostgreSQL at the default size, about 6 € at the smallest. " * 3
    monkeypatch.setattr(Toy, "card", replace(Toy.card, cost=cost.strip()))
    out = Fake()

    Terminal(open_lines(out, {})).platforms(PluginRegistry(pluggy.PluginManager("simple_deploy"), {"toy": Toy()}, ()))

    shown = out.getvalue().splitlines()[1:]
    assert len(shown) > 3 and max(map(len, shown)) <= 105
    assert " ".join(" ".join(shown).split()).startswith(cost.strip())


def test_the_list_of_platforms_is_one_column_beside_another_however_long_a_name_is() -> None:
    long = "dsd-flyio-nanodjango"
    failure = LoadFailure(name=long, distribution="", error="Python 3.11 cannot read it. " * 6)
    registry = PluginRegistry(pluggy.PluginManager("simple_deploy"), {"toy": Toy()}, (failure,))
    out = Fake()

    Terminal(open_lines(out, {})).platforms(registry)

    shown = out.getvalue().splitlines()
    beside = len(long) + 1
    assert {line[:beside].strip() for line in shown} == {"toy", "", long}
    assert all(line[beside] != " " for line in shown) and max(map(len, shown)) <= beside + 92


def test_what_to_do_next_is_explained_before_its_command() -> None:
    out = Fake()
    rows = (
        Row(
            title="Deploy again",
            text="Commit it first.",
            command="python manage.py deploy",
            url="https://pond.example/",
        ),
        Row(title="Read the log", text="Whoever does not know its end does not know the pond. " * 3),
    )

    Terminal(open_lines(out, {})).section(Section(id="next", title="What to do next", rows=rows))

    first = ["  Deploy again", "Commit it first.", "python manage.py deploy", "https://pond.example/"]
    lines = out.text.splitlines()[2:]
    assert lines[:5] == [first[0], *(f"      {each}" for each in first[1:]), "  Read the log"]
    assert len(lines) == 7 and all(len(each) < 100 for each in lines)


def test_what_undo_does_not_remove_is_listed_at_the_terminal() -> None:
    summary = Summary(
        run="1",
        title="The changes to blog were undone",
        lead="Every byte is back as it was.",
        state="succeeded",
        platform="Pond",
        project="blog",
        when="",
        url=None,
        sections=(
            Section(
                id="left",
                title="What undo does not remove",
                intro="These commands made things. " * 6,
                rows=(Row(title="", command="pond login\npond create"),),
            ),
        ),
    )
    out = Fake()
    Terminal(open_lines(out, {})).outcome(summary)

    shown = out.text.split("What undo does not remove\n")[1].splitlines()
    assert shown[0].startswith("  These commands made things.") and max(map(len, shown)) <= 105
    assert shown[-2:] == ["      pond login", "      pond create"] and "  " not in shown
