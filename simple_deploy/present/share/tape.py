"""What followers are sent: the newest run of a project, put into its final form once for all of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.present.recording import Frames, Recorder
from simple_deploy.runs.eventlog import EventReader
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.reading import Reading

LOOK = 0.2  # seconds between two looks at the runs

#: What is about the site and not about deploying it, such as its log with its visitors, is not shown.
_HIDDEN = frozenset({RunKind.OPERATE})


class Look:
    """Reads the newest run, with its project's other runs left aside; each call of :meth:`more` goes on.

    :param services: the project, and each rehearsal there is by now.
    """

    def __init__(self, services: Callable[[], Iterable[Reading]]) -> None:
        self._services = services
        self._run = ""
        self._recorder: Recorder | None = None
        self._reader: EventReader | None = None
        self._frames = Frames()

    def more(self) -> tuple[str, dict[str, Any] | None, list[dict[str, Any]]]:
        """The id of the run that is shown, what is known of it, and its frames since the last call."""
        newest = max(((run, each) for each in self._services() for run in _shown(each)), key=_age, default=None)
        if newest is None:
            return "", None, []
        run, service = newest
        if run.id != self._run or self._recorder is None or self._reader is None:
            self._run, self._recorder = run.id, Recorder.of(service)
            self._reader, self._frames = service.reader(run.id), Frames()
        about = self._recorder.about(run.id)  # before its events: its end comes last
        return run.id, about, self._recorder.frames(self._frames, self._reader.read())


def _shown(service: Reading) -> list[Run]:
    return [run for run in service.runs(10) if run.kind not in _HIDDEN][:1]


def _age(found: tuple[Run, Reading]) -> float:
    return found[0].created


class Tape:
    """The frames of one run as JSON, and who waits for more of them."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.run = ""
        self.about = "null"
        self.version = 0  # grows with each change of *about*, and of the run
        self.frames: list[str] = []
        self.over = False
        self._news = asyncio.Condition()

    async def follow(self) -> None:
        """Read on until :meth:`end`."""
        while not self.over:
            try:
                # In a thread: files are read, and git may be asked.
                run, about, frames = await asyncio.to_thread(self._look.more)
            except SimpleDeployError:  # the run or its project is gone, or not whole yet
                run, about, frames = self.run, None, []
            await self._take(run, about, frames)
            await asyncio.sleep(LOOK)

    async def _take(self, run: str, about: dict[str, Any] | None, frames: list[dict[str, Any]]) -> None:
        told = _json(about) if about is not None else self.about
        if run == self.run and told == self.about and not frames:
            return
        async with self._news:
            if run != self.run:
                self.run, self.frames = run, []
            if told != self.about:
                self.about = told
                self.version += 1
            self.frames += map(_json, frames)
            self._news.notify_all()

    async def end(self) -> None:
        async with self._news:
            self.over = True
            self._news.notify_all()

    async def changed(self, run: str, version: int, count: int, patience: float) -> None:
        """Wait until there is something that a follower has not got, at most for *patience* seconds."""

        def is_new() -> bool:
            return self.over or run != self.run or version != self.version or count != len(self.frames)

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(is_new), patience)
            except asyncio.TimeoutError:
                return


def _json(data: object) -> str:
    return json.dumps(data, separators=(",", ":"))
