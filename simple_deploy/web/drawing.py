"""Charts of a site as their drawings: bars in a box of fixed measures that the page stretches. No HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from simple_deploy.platforms.charts import Chart, rows

# Of the box, in units of its own.
_HEIGHT, _BAR, _GAP = 100, 8, 2
_LEAST = 2  # of a bar that is not nothing


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """:param id: by which the page names it; of its own on the page."""

    id: str
    chart: Chart

    @property
    def box(self) -> str:
        """The ``viewBox`` of the drawing."""
        return f"0 0 {len(self.chart.values) * (_BAR + _GAP) - _GAP} {_HEIGHT}"

    @property
    def path(self) -> str:
        """The bars, as one path."""
        bars = enumerate(
            max(round((value or 0) / self._top * _HEIGHT), _LEAST if value else 0) for value in self.chart.values
        )
        return "".join(f"M{index * (_BAR + _GAP)} {_HEIGHT}v-{bar}h{_BAR}v{bar}z" for index, bar in bars if bar)

    @property
    def rows(self) -> Iterator[tuple[float, str]]:
        """When each value begins, and the value with its unit; the newest first."""
        return ((at, self._worded(value)) for at, value in reversed([*rows(self.chart)]))

    @property
    def most(self) -> str:
        """The largest value, with its unit: the top of the box."""
        return self._worded(self._top)

    @cached_property
    def _top(self) -> float:
        return max((value for _, value in rows(self.chart)), default=0.0) or 1.0

    def _worded(self, value: float) -> str:
        shown = f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.1f}"
        return f"{shown} {self.chart.unit}".strip()


def drawings(charts: tuple[Chart, ...]) -> tuple[Drawing, ...]:
    return tuple(Drawing(id=f"chart-{number}", chart=chart) for number, chart in enumerate(charts, 1))
