"""The measurements' own arithmetic, and that they still run."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from bench import classroom
from bench.deploy_child import together
from bench.measure import difference, interleaved, percentile, spread
from bench.report import Row, Section, milliseconds, page, renewed, table
from simple_deploy.core.events import Event, Payload, RunFinished, RunStarted, TurnAwaited
from tests.support import slices
from tests.support.checkout import CHECKOUT


def test_all_take_their_turn_in_every_round_and_the_first_round_does_not_count() -> None:
    turns: list[str] = []

    def turn(name: str) -> float:
        turns.append(name)
        return len(turns)

    found = interleaved({"one": lambda: turn("one"), "other": lambda: turn("other")}, 3)
    assert turns == ["other", "one", "one", "other", "other", "one", "one", "other"]
    assert found == {"one": [3, 6, 7], "other": [4, 5, 8]}


def test_differences_are_taken_within_a_round() -> None:
    found = {"with": [11.0, 110.0, 21.0, 32.0], "without": [10.0, 100.0, 20.0, 30.0]}
    assert difference(found, "with", "without") == 1.5
    assert spread(found, "without", "without") == (0.0, 0.0)


def test_percentiles() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1.0, 51.0, 96.0, 100.0]


def test_time_that_two_programs_share_counts_once() -> None:
    assert together([]) == 0
    assert together([(5.0, 6.0), (1.0, 3.0), (2.0, 4.0), (2.5, 3.5)]) == 4.0


def planned(asked: float, *events: tuple[float, Payload]) -> classroom.Plan:
    return classroom.Plan.of(
        asked, [Event(seq=seq, at=at, step=None, payload=payload) for seq, (at, payload) in enumerate(events, 1)]
    )


def test_what_a_pupil_waits_for_is_the_queue_and_the_work() -> None:
    begun, done = RunStarted(run_kind="plan", platform="local"), RunFinished(state="succeeded")
    first = planned(10.0, (11.0, begun), (20.0, done))
    turns = [(11.0, TurnAwaited(before=1)), (15.0, TurnAwaited(before=0)), (21.0, TurnAwaited(before=None))]
    second = planned(10.0, *turns, (21.0, begun), (30.0, done))
    assert (first.waited, first.took, first.before) == (1.0, 10.0, 0)
    assert (second.waited, second.took, second.before) == (11.0, 20.0, 2)
    assert classroom.together([first, second]) == 1
    assert classroom.together([first, second, planned(10.0, (19.0, begun), (22.0, done))]) == 2
    with pytest.raises(RuntimeError, match="not over"):
        planned(10.0, (11.0, begun))


def test_a_form_is_sent_as_a_browser_does_that_nobody_has_changed_anything_in() -> None:
    page = """<form action="/other/"><button>Search</button></form>
    <form action="/plan/"><input type="hidden" name="token" value="t"><input name="name"><input type="checkbox" name="no">
    <input type="checkbox" name="yes" checked><input type="radio" name="one" value="a">
    <input type="radio" name="one" value="b" checked><select name="kind"><option value="x">X<option value="y" selected>Y
    </select><button>Make the plan</button></form>"""
    form = classroom.Form.found(page, "Make the plan")
    assert form.action == "/plan/"
    assert form.fields == {"token": "t", "name": "", "yes": "on", "one": "b", "kind": "y"}
    with pytest.raises(RuntimeError, match="no form"):
        classroom.Form.found(page, "Deploy")


@pytest.mark.parametrize(
    ("value", "words"), [(0.0000004, "0.4 µs"), (-0.0021, "-2.1 ms"), (0.25, "250 ms"), (1.5, "1.50 s")]
)
def test_times_for_people(value: float, words: str) -> None:
    assert milliseconds(value) == words


def test_a_part_of_the_page_is_measured_again() -> None:
    one, other = (Section(title=title, rows=[Row(what=title, value="1 ms")], how="So.") for title in ("One", "Other"))
    text = page([one, other])
    again = renewed(text, [Section(title="One", rows=[Row(what="One", value="2 ms")], how="So.")])
    assert "2 ms" in again and again.count("## One") == 1 and again.count("Measured on") == 1
    assert again[again.index("## Other") :] == text[text.index("## Other") :]
    more = renewed(again, [Section(title="New", rows=[], how="So.")])
    assert more.startswith(again.rstrip("\n")) and "## New" in more


def test_a_table_says_what_was_missed() -> None:
    rows = [
        Row(what="a", value="1 ms", beside="2 ms", ratio=0.5, target="at most 1", met=True),
        Row(what="b", value="3 ms", target="1 ms", met=False),
        Row(what="c", value="4 ms"),
    ]
    assert table(rows).splitlines()[2:] == [
        "| a    | 1 ms   | 2 ms          | 0.50  | at most 1 | yes    |",
        "| b    | 3 ms   |               |       | 1 ms      | **no** |",
        "| c    | 4 ms   |               |       |           |        |",
    ]


@pytest.mark.slow
def test_a_measurement_runs_from_the_command_line() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "inspection"], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split("|")[1].strip() == "What"
    assert "Inspection of 5,000 files" in done.stdout


@pytest.mark.slow
@pytest.mark.slice(0)
def test_the_quick_measurements_say_their_ratios(request: pytest.FixtureRequest) -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "--quick"], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("|")] for line in done.stdout.splitlines()]
    assert [row for row in rows[2:] if len(row) > 4 and re.fullmatch(r"\d+\.\d\d", row[4])]
    slices.tell(request, "Measured on this computer:", *done.stdout.splitlines())
