"""Charts of what a site did: how far back they go, what they come to, and what is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.platforms.charts import Chart, Sample, charts_of, in_one_line, rows
from simple_deploy.web.drawing import drawings

NOW = 1_000_000_075.0
MINUTE, HOUR = 60, 3600


def titled(charts: tuple[Chart, ...]) -> dict[str, Chart]:
    return {each.title: each for each in charts}


def test_requests_are_counted_by_the_minute_and_those_that_failed_are_named() -> None:
    at = NOW // MINUTE * MINUTE
    samples = [
        Sample(at=at - MINUTE, requests=3, failed=1, timed=3, seconds=0.6, longest=0.4),
        Sample(at=at, requests=2, timed=2, seconds=0.2, longest=0.15),
        Sample(at=at + 20, requests=4, timed=4, seconds=0.1, longest=0.1),
    ]
    found = titled(charts_of(samples, NOW))

    assert found["Requests"].summary == "9 in the last hour, 1 of them failed"
    assert [*rows(found["Requests"])] == [(at - MINUTE, 3), (at, 6)]
    assert (len(found["Requests"].values), found["Requests"].values[0]) == (60, None)
    assert found["Response time"].summary == "100 ms on average, 400 ms at most"
    assert [round(value) for _, value in rows(found["Response time"])] == [200, 50]


def test_a_minute_without_a_request_counts_as_none_and_has_no_response_time() -> None:
    samples = [Sample(at=NOW - 3 * MINUTE, requests=1, timed=1, seconds=0.1, longest=0.1), Sample(at=NOW)]
    found = titled(charts_of(samples, NOW))
    assert [value for _, value in rows(found["Requests"])] == [1, 0, 0, 0]
    assert len([*rows(found["Response time"])]) == 1


def test_memory_is_what_it_is_now_and_what_it_was_at_most() -> None:
    samples = [Sample(at=NOW - MINUTE, memory=90_000_000), Sample(at=NOW, memory=80_000_000), Sample(at=NOW - 90)]
    assert titled(charts_of(samples, NOW))["Memory"].summary == "80 MB, 90 MB at most"


def test_the_chart_goes_as_far_back_as_there_is_something_and_at_most_a_day() -> None:
    for hours, words, step in ((0, "hour", 60), (2, "6 hours", 600), (20, "24 hours", 1800)):
        (chart,) = charts_of([Sample(at=NOW - hours * HOUR, requests=1), Sample(at=NOW, requests=1)], NOW)
        assert (chart.summary, chart.step) == (f"2 in the last {words}", step)
    (chart,) = charts_of([Sample(at=NOW - 30 * HOUR, requests=7), Sample(at=NOW, requests=1)], NOW)
    assert chart.summary == "1 in the last hour"


def test_what_nobody_measured_has_no_chart() -> None:
    assert charts_of((), NOW) == ()
    assert [*titled(charts_of([Sample(at=NOW, requests=1)], NOW))] == ["Requests"]


sample = st.builds(
    Sample,
    at=st.floats(NOW - 40 * HOUR, NOW + HOUR),
    requests=st.integers(0, 9),
    timed=st.integers(0, 9),
    seconds=st.floats(0, 9),
    memory=st.none() | st.integers(1, 10**10),
)


@given(st.lists(sample), st.floats(NOW - 60, NOW + 60))
def test_every_chart_covers_its_time_and_can_be_drawn(samples: list[Sample], now: float) -> None:
    for chart, drawing in zip(charts := charts_of(samples, now), drawings(charts), strict=True):
        assert chart.begins + len(chart.values) * chart.step >= now
        assert len(in_one_line(chart)) == len(chart.values)
        assert drawing.path.count("M") == sum(1 for value in chart.values if value)
        assert [*drawing.rows] and drawing.most


def test_the_largest_value_fills_the_box_and_a_small_one_is_seen() -> None:
    chart = Chart(title="Requests", summary="", begins=0, step=60, values=(None, 0, 1, 1000))
    (drawing,) = drawings((chart,))
    assert drawing.box == "0 0 38 100"
    assert drawing.path == "M20 100v-2h8v2zM30 100v-100h8v100z"
    assert [*drawing.rows] == [(180, "1,000"), (120, "1"), (60, "0")]
    assert in_one_line(chart) == " ▁▁█"
