"""Where lines go: a plain stream, or a terminal that shows what is under way below them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TextIO

from simple_deploy.cli.stream import Stream
from simple_deploy.cli.text import styled


class Lines(Protocol):
    """Shows lines that are complete and safe, and which step is under way."""

    @property
    def colour(self) -> bool:
        """Whether lines may hold colours."""

    def write(self, line: str) -> None: ...

    def begin(self, title: str) -> None:
        """The step called *title* is under way from now on."""

    def end(self) -> None:
        """No step is under way any more."""

    def paused(self) -> AbstractContextManager[None]:
        """While somebody types, nothing moves."""

    def prompt(self, text: str) -> None:
        """Write *text* without ending the line; only while paused."""


class PlainLines:
    """Lines one below the other: for files, pipes, logs of build services, and terminals that want no more."""

    def __init__(self, stream: Stream, *, colour: bool = False) -> None:
        self._stream = stream
        self.colour = colour

    def write(self, line: str) -> None:
        self.prompt(line + "\n")

    def begin(self, title: str) -> None:
        self.write(styled(f"→ {title}", "bold" if self.colour else None))

    def end(self) -> None:
        pass

    def paused(self) -> AbstractContextManager[None]:
        return nullcontext()

    def prompt(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def open_lines(out: TextIO, environ: Mapping[str, str], *, colour: bool | None = None) -> Lines:
    """The lines for *out*.

    :param colour: as the person wants it; None means as *out* and *environ* say.
    """
    stream = Stream(out)
    able = stream.isatty() and environ.get("TERM") != "dumb"
    wanted = colour if colour is not None else not environ.get("NO_COLOR") and not in_ci(environ)
    if able and wanted:
        from simple_deploy.cli.live import LiveLines  # rich takes its time to load

        return LiveLines(stream)
    return PlainLines(stream, colour=bool(colour))


def in_ci(environ: Mapping[str, str]) -> bool:
    """Whether this runs on a build service, where nobody watches and nobody answers, terminal or not."""
    return environ.get("CI", "").lower() not in {"", "0", "false"}
