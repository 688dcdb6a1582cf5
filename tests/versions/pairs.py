"""Which Python and which Django the tool is tried with, together."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

#: Stands for the oldest Python that is found on this computer and can run the tool.
OLDEST = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """:param python: ``3.13``, or :data:`OLDEST`. :param django: ``6.1``; its newest release is taken."""

    python: str
    django: str

    def __str__(self) -> str:
        python = "the oldest Python" if self.python == OLDEST else f"Python {self.python}"
        return f"{python} with Django {self.django}"


#: Each Django with the Python that people have it with; the last pair is what everything else runs on where it is found.
PAIRS = (
    Pair(python=OLDEST, django="5.2"),
    Pair(python="3.11", django="5.2"),
    Pair(python="3.12", django="6.0"),
    Pair(python="3.13", django="6.1"),
    Pair(python="3.14", django="6.1"),
)

NEWEST_DJANGO = max((pair.django for pair in PAIRS), key=Version)
