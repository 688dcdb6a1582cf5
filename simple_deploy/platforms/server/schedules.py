"""Times as crontab has them, as systemd's timers have them. Pure. Sources: crontab(5), systemd.time(7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_NAMED: Mapping[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS: Mapping[str, int] = {
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    **{name.lower(): number for number, name in enumerate(_DAYS[:7])},
}
_PART = re.compile(r"(\*|(\w+)(?:-(\w+))?)(?:/(\d+))?")


def calendar(schedule: str) -> tuple[str, ...]:
    """The ``OnCalendar`` values of a timer that runs when crontab would.

    :raises ValueError: it is no schedule of crontab's.
    """
    fields = _NAMED.get(schedule.strip().lower(), schedule).split()
    if len(fields) != 5:
        raise ValueError(schedule)
    minute, hour = _listed(fields[0], 0, 59), _listed(fields[1], 0, 23)
    day, month = _listed(fields[2], 1, 31), _listed(fields[3], 1, 12)
    weekdays = ",".join(dict.fromkeys(_DAYS[number] for number in sorted(_numbers(fields[4], 0, 7))))
    time = f"{hour}:{minute}:00"
    every_day, every_weekday = fields[2].startswith("*"), fields[4].startswith("*")
    if not every_day and not every_weekday:
        # crontab(5): where both are restricted, either is enough. systemd wants both, so there are two lines.
        return (f"*-{month}-{day} {time}", f"{weekdays} *-{month}-* {time}")
    named = "" if fields[4] == "*" else f"{weekdays} "
    return (f"{named}*-{month}-{day} {time}",)


def _listed(field: str, first: int, last: int) -> str:
    if field == "*":
        return "*"
    return ",".join(f"{number:02}" for number in sorted(_numbers(field, first, last)))


def _numbers(field: str, first: int, last: int) -> frozenset[int]:
    found = frozenset(number for part in field.split(",") for number in _of(part, first, last))
    if not found:
        raise ValueError(field)
    return found


def _of(part: str, first: int, last: int) -> Iterator[int]:
    seen = _PART.fullmatch(part)
    if seen is None:
        raise ValueError(part)
    whole, start, end, step = seen.groups()
    low = first if whole == "*" else _number(start)
    high = last if whole == "*" else _number(end) if end else last if step else low
    if not first <= low <= high <= last:
        raise ValueError(part)
    yield from range(low, high + 1, int(step) if step and int(step) else 1)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS.get(text.lower()[:3], -1)
