"""What a site runs on, what it could run on, and what each costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simple_deploy.core.errors import InvalidAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Something that a site can run on.

    :param name: what changing to it is told. :param title: what it is, in a few words.
    :param cents: of a US dollar, a month, for one of them that runs all the time; None where that is not known here.
    :param price: what it costs in words, where there is more to say than *cents*.
    :param most: how many of them a site can run on.
    :param answers: those to the platform's options with which a deployment lets the site run on it.
    """

    name: str
    title: str
    cents: int | None = None
    price: str = ""
    most: int = 1
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def cost(self) -> str:
        """What one of them costs, in words."""
        return self.price or (f"{dollars(self.cents)} a month" if self.cents is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What a site runs on.

    :param current: the name of its size; one that is not among *choices* where it was chosen elsewhere.
    :param count: how many of them. :param seen: when the prices were seen. :param page: where today's are.
    """

    current: str
    count: int
    choices: tuple[Size, ...]
    seen: str
    page: str

    @property
    def size(self) -> Size | None:
        """What it runs on, where its price is known."""
        return next((each for each in self.choices if each.name == self.current), None)

    @property
    def most(self) -> int:
        """The largest number of any of them."""
        return max((each.most for each in self.choices), default=1)

    @property
    def cents(self) -> int | None:
        """What it costs a month."""
        return self.size.cents * self.count if self.size and self.size.cents is not None else None


def wanted_size(sizes: Sizes, text: str) -> tuple[Size, int]:
    """The size and the number that *text* means: ``NAME``, or ``NAME:NUMBER``; without a number as many as there are.

    :raises InvalidAnswer: a site cannot run on that.
    """
    name, _, number = text.strip().lower().partition(":")
    size = next((each for each in sizes.choices if each.name == name), None)
    if size is None:
        known = ", ".join(each.name for each in sizes.choices)
        raise InvalidAnswer(f"There is no size “{name}”.", hint=f"There are: {known}.")
    count = min(max(sizes.count, 1), size.most) if not number else int(number) if number.isdecimal() else 0
    if not 1 <= count <= size.most:
        limit = f"from 1 to {size.most}" if size.most > 1 else "1"
        raise InvalidAnswer(f"A site runs on {limit} of {size.name}.", hint=f"Such as {size.name}:{size.most}.")
    return size, count


def difference(sizes: Sizes, size: Size, count: int) -> str:
    """What changing to *count* of *size* costs, as a sentence."""
    if size.cents is None:
        known = f"It then costs {size.price}{' for each of them' if count > 1 else ''}, as seen {sizes.seen}: see"
        return f"{known if size.price else 'What it costs is on'} {sizes.page}."
    cents = size.cents * count
    now = f"{dollars(cents)} a month while it runs all the time"
    if sizes.cents is None:
        return f"It then costs {now}."
    if cents == sizes.cents:
        return f"It costs as much as now: {now}."
    change = f"{dollars(abs(cents - sizes.cents))} {'more' if cents > sizes.cents else 'less'} than now"
    return f"It then costs {now}, {change}."


def counted(count: int, size: str) -> str:
    """Such as ``2 × basic``; the size alone where there is one."""
    return f"{count} × {size}" if count != 1 else size


def dollars(cents: int) -> str:
    return f"${cents // 100}" if cents % 100 == 0 else f"${cents / 100:.2f}"
