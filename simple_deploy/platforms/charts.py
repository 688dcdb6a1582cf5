"""What a site did over time: samples that a platform took, and the charts that are drawn of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

#: What a chart may cover, in seconds, with the words for it and the seconds that each of its values stands for.
_SPANS = ((3600, "the last hour", 60), (6 * 3600, "the last 6 hours", 600), (24 * 3600, "the last 24 hours", 1800))
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A number of a site over time.

    :param title: what it is. :param summary: what it comes to, in a few words, for whoever does not see the chart.
    :param unit: of the values, such as ``MB``; empty for what is counted.
    :param begins: when the first value begins, in seconds since the epoch.
    :param step: seconds that each value stands for. :param values: None where nothing was measured.
    """

    title: str
    summary: str
    unit: str = ""
    begins: float
    step: float
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was measured of a site in a short time.

    :param at: when that time began, in seconds since the epoch. :param requests: that were answered.
    :param failed: those of them that were answered with an error of the server's (a status from 500 on).
    :param timed: those of them whose answer was timed. :param seconds: these took together.
    :param longest: seconds that the slowest took. :param memory: bytes it needed; None where nobody looked.
    """

    at: float
    requests: int = 0
    failed: int = 0
    timed: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    memory: int | None = None


def charts_of(samples: Iterable[Sample], now: float) -> tuple[Chart, ...]:
    """Charts of *samples* up to *now*: of the last hour where they are younger, at most of a day. What nobody measured
    has no chart."""
    longest, _, longest_step = _SPANS[-1]
    kept = sorted(
        (each for each in samples if _begin(now, longest, longest_step) <= each.at <= now), key=lambda each: each.at
    )
    if not kept:
        return ()
    span, words, step = next(each for each in _SPANS if _begin(now, each[0], each[2]) <= kept[0].at)
    begins = _begin(now, span, step)
    within: defaultdict[int, list[Sample]] = defaultdict(list)
    for each in kept:
        within[int((each.at - begins) // step)].append(each)
    first = min(within)

    def values(of: Callable[[Sequence[Sample]], float | None]) -> tuple[float | None, ...]:
        return tuple(of(within.get(index, ())) if index >= first else None for index in range(span // step))

    drawn = (
        (title, unit, summary, values(of))
        for title, unit, summary, of in (
            ("Requests", "", _requests(kept, words), _count),
            ("Response time", "ms", _time(kept), _average),
            ("Memory", "MB", _memory(kept), _most),
        )
        if summary
    )
    return tuple(
        Chart(title=title, unit=unit, summary=summary, begins=begins, step=step, values=found)
        for title, unit, summary, found in drawn
    )


def _begin(now: float, span: int, step: int) -> float:
    """When a chart of *span* seconds begins whose last value is the one under way."""
    return (now // step + 1) * step - span


def _requests(samples: Sequence[Sample], words: str) -> str:
    count, failed = sum(each.requests for each in samples), sum(each.failed for each in samples)
    return f"{count:,} in {words}" + (f", {failed:,} of them failed" if failed else "")


def _time(samples: Sequence[Sample]) -> str:
    average = _average(samples)
    if average is None:
        return ""
    return f"{average:,.0f} ms on average, {max(each.longest for each in samples) * 1000:,.0f} ms at most"


def _memory(samples: Sequence[Sample]) -> str:
    known = [each.memory for each in samples if each.memory is not None]
    return f"{known[-1] / _MEGABYTE:,.0f} MB, {max(known) / _MEGABYTE:,.0f} MB at most" if known else ""


def _count(samples: Sequence[Sample]) -> float:
    return sum(each.requests for each in samples)


def _average(samples: Sequence[Sample]) -> float | None:
    """Milliseconds that an answer took."""
    timed = sum(each.timed for each in samples)
    return sum(each.seconds for each in samples) * 1000 / timed if timed else None


def _most(samples: Sequence[Sample]) -> float | None:
    """Megabytes."""
    return max((each.memory / _MEGABYTE for each in samples if each.memory is not None), default=None)


def rows(chart: Chart) -> Iterator[tuple[float, float]]:
    """When each value of *chart* begins, and the value, as far as there is one."""
    for index, value in enumerate(chart.values):
        if value is not None:
            yield chart.begins + index * chart.step, value


#: From nothing to the largest value.
_BARS = "▁▂▃▄▅▆▇█"


def in_one_line(chart: Chart) -> str:
    """*chart* in letters, for a terminal: a space where nothing was measured."""
    top = max((value for _, value in rows(chart)), default=0) or 1
    return "".join(" " if each is None else _BARS[round(each / top * (len(_BARS) - 1))] for each in chart.values)
