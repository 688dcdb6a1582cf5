"""The frames of a run, and the file that holds them."""

from __future__ import annotations

import json
import re

import pytest

from simple_deploy.core import events as ev
from simple_deploy.present import file, recording
from simple_deploy.present.recording import Frames


def output(seq: int, text: str, step: str | None = "build") -> ev.Event:
    return ev.Event(seq=seq, at=1000.0 + seq, step=step, payload=ev.Output(text=text))


def test_steps_lines_and_the_end_become_frames_with_their_moments() -> None:
    steps = (ev.StepHead(id="build", title="Build it", why="So that it is there."),)
    events = [
        ev.Event(seq=1, at=1000.0, step=None, payload=ev.RunStarted(run_kind="deploy", platform="toy", steps=steps)),
        ev.Event(seq=2, at=1000.5, step="build", payload=ev.StepStarted(title="Build it")),
        ev.Event(seq=3, at=1000.75, step="build", payload=ev.Output(text="10 %\r\x1b[32m100 %\x1b[0m")),
        ev.Event(seq=4, at=1001.0, step="build", payload=ev.StepFinished(outcome="done", seconds=0.5)),
        ev.Event(seq=5, at=1001.0, step=None, payload=ev.RunFinished(state="succeeded")),
    ]

    frames = [frame.to_data() for frame in Frames().of(events)]

    assert frames == [
        {"seq": 1, "at": 1000.0, "kind": "steps", "steps": [["build", "Build it", "So that it is there."]]},
        {"seq": 2, "at": 1000.5, "kind": "step", "step": "build", "text": "Build it"},
        {"seq": 3, "at": 1000.75, "kind": "out", "step": "build", "text": "100 %"},
        {"seq": 4, "at": 1001.0, "kind": "end", "step": "build", "text": "Done after 0.5 s", "outcome": "done"},
        {"seq": 5, "at": 1001.0, "kind": "finish", "text": "Everything worked.", "outcome": "succeeded"}
        | {"text": frames[-1]["text"]},
    ]


def test_of_endless_output_the_beginning_and_the_end_are_kept() -> None:
    frames = Frames()
    found = frames.of([output(n, f"line {n}") for n in range(1, 10_001)])
    found += frames.of([ev.Event(seq=10_001, at=2e4, step="build", payload=ev.StepFinished(outcome="done", seconds=1))])

    texts = [frame.text for frame in found]
    assert texts[: recording.HEAD] == [f"line {n}" for n in range(1, recording.HEAD + 1)]
    assert texts[recording.HEAD : -1] == [f"line {n}" for n in range(10_001 - recording.TAIL, 10_001)]
    assert [frame.seq for frame in found] == sorted(frame.seq for frame in found)


def test_each_step_has_a_beginning_of_its_own() -> None:
    events = [output(n, "a", "one") for n in range(1, recording.HEAD + 1)]
    events += [output(recording.HEAD + 1, "b", "two")]
    assert len(Frames().of(events)) == recording.HEAD + 1


def test_a_line_without_an_end_is_cut() -> None:
    (frame,) = Frames().of([output(1, "x" * 5000)])
    assert len(frame.text) < recording.LONGEST_LINE + 5


HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 \u202e ]]>"


def test_what_a_program_printed_cannot_leave_the_data_of_the_file() -> None:
    html = file.to_html({"title": HOSTILE, "frames": [{"text": HOSTILE}]})

    assert html.count("<script") == 2
    assert html.count("</script>") == 2
    assert "alert(1)</" not in html
    found = re.search(r'<script type="application/json" id="recording">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    assert json.loads(found[1])["frames"][0]["text"] == HOSTILE
    assert found[1].isascii()


@pytest.mark.parametrize("part", ["default-src 'none'", "base-uri 'none'", "form-action 'none'"])
def test_the_file_may_load_nothing_and_run_nothing_but_its_own_script(part: str) -> None:
    html = file.to_html({"title": "A run", "frames": []})

    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert part in policy[1]
    assert "unsafe" not in policy[1]
    assert not re.search(r"""(?:src|href)=["'](?!#)""", html)
    assert "http://" not in html and "https://" not in html
