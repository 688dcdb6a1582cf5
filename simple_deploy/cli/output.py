"""Where lines go: a plain stream, or a terminal that shows what is under way below them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Protocol, TextIO

from simple_deploy.cli.text import encodable, styled


class Stream:
    """A text stream whose reader may go away and whose encoding may lack characters: neither is an error here."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._gone = False

    @property
    def encoding(self) -> str:
        return getattr(self._out, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        return self._out.isatty()

    def fileno(self) -> int:
        return self._out.fileno()

    def write(self, text: str) -> int:
        """Write all of *text*, or none of it where the reader is gone: that must not change how a run ends."""
        if not self._gone:
            try:
                self._out.write(encodable(text, self.encoding))
            except (OSError, ValueError):
                self._let_go()
        return len(text)

    def flush(self) -> None:
        if not self._gone:
            try:
                self._out.flush()
            except (OSError, ValueError):
                self._let_go()

    def _let_go(self) -> None:
        self._gone = True
        with suppress(OSError, ValueError):  # so that Python can flush what is left when it ends
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._out.fileno())
            os.close(nowhere)


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
