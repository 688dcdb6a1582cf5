"""A terminal that shows the running step, with a clock, below the lines that scroll. Loads rich; import it late."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from simple_deploy.cli.stream import Stream
from simple_deploy.cli.text import encodable
from simple_deploy.runs.timeline import spoken

TICK = 0.1  # seconds between two looks; lines that arrive in between are written together


class LiveLines:
    """Lines above, the step under way below them for as long as it takes."""

    colour = True

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._console = Console(
            file=cast(TextIO, stream), force_terminal=True, highlight=False, markup=False, emoji=False, soft_wrap=True
        )
        self._guard = threading.RLock()
        self._waiting: list[str] = []
        self._step: _Step | None = None
        self._ticker: _Ticker | None = None
        self._pauses = 0

    def write(self, line: str) -> None:
        with self._guard:
            self._waiting.append(line)
            if self._ticker is None:
                self._flush()

    def begin(self, title: str) -> None:
        self._stop()
        self._step = _Step(title, self._stream.encoding)
        self._start()

    def end(self) -> None:
        self._stop()
        self._step = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._stop()
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            self._start()

    def prompt(self, text: str) -> None:
        self._console.print(Text.from_ansi(text), end="")
        self._stream.flush()

    def _start(self) -> None:
        if self._step is not None and not self._pauses:
            self._ticker = _Ticker(self._console, self._step, self._guard, self._flush)

    def _stop(self) -> None:
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.stop()
        with self._guard:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            lines, self._waiting = self._waiting, []
            self._console.print(Text.from_ansi("\n".join(lines)))


class _Step:
    """What stands in the last line: a wheel, the step's title, how long it has been going on."""

    def __init__(self, title: str, encoding: str) -> None:
        self._title = title
        self._began = time.monotonic()
        wheel = "dots" if encodable("⠋", encoding) == "⠋" else "line"
        self._spinner = Spinner(wheel, style="cyan")

    def shown(self, width: int) -> Spinner:
        seconds = time.monotonic() - self._began
        text = Text.assemble((self._title, "bold"), (f"  {spoken(seconds)}" if seconds >= 1 else "", "dim"))
        text.truncate(max(width - 4, 10), overflow="ellipsis")
        self._spinner.update(text=text)
        return self._spinner


class _Ticker:
    """Keeps the last line moving, and writes the lines that arrived."""

    def __init__(self, console: Console, step: _Step, guard: threading.RLock, flush: Callable[[], None]) -> None:
        self._guard = guard
        self._flush = flush
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            get_renderable=lambda: step.shown(console.width),
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._live.start(refresh=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        with self._guard:
            self._flush()
            self._live.stop()

    def _run(self) -> None:
        while not self._over.wait(TICK):
            with self._guard:
                self._flush()
                self._live.refresh()
