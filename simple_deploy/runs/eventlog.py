"""A run's events on disk: one writer, many readers, each with a cursor.

A line is an event as JSON, and where in the file the last event before it begins that is no output (``"told"``).
So whoever needs these, and the end of the log, follows them backwards and reads nothing of what lies between.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from simple_deploy.core import ansi
from simple_deploy.core.events import Event, Output, Payload
from simple_deploy.core.interfaces import Clock
from simple_deploy.core.secret import Redactor
from simple_deploy.runs.cleaning import Cleaner
from simple_deploy.system import files, stored

_OUTPUT = b'"kind":"output"'
_TOLD = re.compile(rb',"told":(-?\d+)}$')
NOWHERE = -1
_BLOCK = 65_536  # bytes

#: Lines of output that are stored for one run, from its beginning; of any more only the last TAIL are.
HEAD = 1_000_000
TAIL = 2_000

_LONGEST = 16 * 1024 * 1024  # bytes of a line; no event is longer


class EventWriter:
    """Appends events: the one place where what a run says is stored, without secrets and hidden characters.

    :param redact: knows the secrets.
    :param listeners: told each event after it is stored.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        redact: Redactor,
        listeners: tuple[Callable[[Event], None], ...] = (),
        head: int = HEAD,
        tail: int = TAIL,
    ) -> None:
        self._clock = clock
        self._cleaner = Cleaner(redact)
        self._listeners = listeners
        self._room = head
        self._overflow: deque[tuple[str | None, Output]] = deque(maxlen=tail)
        self._left_out = 0
        self._lock = threading.Lock()
        path = folder / "events.jsonl"
        self._seq, self._told = _cut_half_line(path)
        self._events = _append_only(path)
        self._log = _append_only(folder / "deploy.log")

    def record(self, step: str | None, payload: Payload) -> None:
        """Store an event. Endless output is capped: its beginning and its end are kept.

        :raises OSError: it cannot be stored.
        """
        with self._lock:
            if isinstance(payload, Output) and payload.stream == "out":
                if self._room <= 0:
                    if len(self._overflow) == self._overflow.maxlen:
                        self._left_out += 1
                    self._overflow.append((step, payload))
                    return
                self._room -= 1
            else:
                self._flush_overflow()
            self._store(step, payload)

    def close(self) -> None:
        with self._lock:
            self._flush_overflow()
            self._events.close()
            self._log.close()

    def _flush_overflow(self) -> None:
        if not self._overflow:
            return
        waiting, self._overflow = list(self._overflow), deque(maxlen=self._overflow.maxlen)
        if self._left_out:
            self._store(waiting[0][0], Output(text=f"… {self._left_out:,} lines left out …", stream="note"))
            self._left_out = 0
        for step, payload in waiting:
            self._store(step, payload)

    def _store(self, step: str | None, payload: Payload) -> None:
        step = ansi.shown(step) if step is not None else None
        clean = self._cleaner.output(payload) if isinstance(payload, Output) else self._cleaner.data(payload)
        event = Event(seq=self._seq + 1, at=self._clock.now(), step=step, payload=clean)
        data = {**event.to_data(), "told": self._told}
        line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        begin = files.append(self._events, line.encode("utf-8", "replace") + b"\n")
        self._seq = event.seq
        if not isinstance(payload, Output):
            self._told = begin
        files.append(self._log, _log_line(event).encode("utf-8", "replace"))
        for listen in self._listeners:
            listen(event)


def _append_only(path: Path) -> FileIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), files.PRIVATE_FILE)
    return os.fdopen(descriptor, "wb", buffering=0)


def _log_line(event: Event) -> str:
    stamp = time.strftime("%H:%M:%S", time.localtime(event.at))
    payload = event.payload
    if isinstance(payload, Output):
        mark = {"command": "$ ", "note": "# "}.get(payload.stream, "")
        return f"{stamp} {mark}{ansi.plain(payload.text)}\n"
    data = event.to_data()
    words = data["data"].get("title") or data["data"].get("message") or data["data"].get("outcome") or ""
    return ansi.plain(f"{stamp} [{data['kind']}] {event.step or ''} {words}").rstrip() + "\n"


def _cut_half_line(path: Path) -> tuple[int, int]:
    """Cut off a half-written last line, as a crash leaves it.

    Returns the number of the last event, 0 where there is none, and where the last one begins that is no output.
    """
    if not path.exists():
        return 0, NOWHERE
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        last = next(_backwards(file), None)
        whole = last.end if last is not None else 0
        if whole != size:
            file.truncate(whole)
        if last is None:
            return 0, NOWHERE
        told = last if not last.is_output else next(_milestones(file, last), None)
    return _seq(last.text) or 0, told.begin if told is not None else NOWHERE


def _seq(line: bytes) -> int | None:
    try:
        return int(line[7 : line.index(b",")]) if line.startswith(b'{"seq":') else None
    except ValueError:
        return None


class EventReader:
    """Reads on from a cursor; keep one for each stream, so that nothing is read twice.

    :param after: number of the last event already known.
    """

    def __init__(self, folder: Path, after: int = 0) -> None:
        self._path = folder / "events.jsonl"
        self._after = after
        self._offset: int | None = None

    def read(self, limit: int = 100_000) -> list[Event]:
        """The events that are new since the last call, at most *limit*."""
        found = []
        for line in self._lines():
            seq = _seq(line)
            if seq is not None and seq > self._after:
                event = _parse(line)
                if event is not None:
                    found.append(event)
                self._after = seq
            self._offset = (self._offset or 0) + len(line) + 1
            if len(found) >= limit:
                break
        return found

    def _lines(self) -> Iterator[bytes]:
        try:
            with stored.opened(self._path) as file:
                if self._offset is None:
                    self._offset = _offset_after(file, self._after)
                file.seek(self._offset)
                yield from _whole_lines(file)
        except OSError:  # there is none yet, or something else stands in its place
            return


def _whole_lines(file: Any) -> Iterator[bytes]:
    """The lines from here on, but for one that is half-written: complete it is next time.

    :raises OSError: the file cannot be read.
    """
    while line := file.readline(_LONGEST):
        if not line.endswith(b"\n"):
            return
        yield line[:-1]


def _offset_after(file: Any, seq: int) -> int:
    """Where to start reading so that every event after *seq* is met: found by bisection, lines being in order."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while high - low > 65_536:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline(_LONGEST)
        start = file.tell()
        number = _seq(file.readline(_LONGEST))
        if number is not None and number <= seq and start < high:
            low = start
        else:
            high = middle
    return int(low)


def read_tail(folder: Path, lines: int) -> tuple[list[Event], int]:
    """Every event but output, and of the output the last *lines*; and how many lines were left out.

    The log is read from its end, so a huge one takes no longer than a short one.
    """
    try:
        with stored.opened(folder / "events.jsonl") as file:
            last = next(_backwards(file), None)
            found = _tail(file, lines)
    except OSError:  # there is none yet, or something else stands in its place
        return [], 0
    if last is None:
        return [], 0
    events = [event for event in (_parse(line.text) for line in found) if event is not None]
    # Events are numbered from 1, without a gap.
    return events, max((_seq(last.text) or 0) - len(found), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A whole line of the file, without its end.

    :param begin: where it begins, in bytes.
    """

    begin: int
    text: bytes

    @property
    def end(self) -> int:
        return self.begin + len(self.text) + 1

    @property
    def is_output(self) -> bool:
        return _OUTPUT in self.text

    @property
    def told(self) -> int | None:
        """Where the last event before it begins that is no output; None where that was not written down."""
        found = _TOLD.search(self.text)
        return int(found[1]) if found is not None else None


def _tail(file: BinaryIO, lines: int) -> list[_Stored]:
    found: list[_Stored] = []
    room = lines
    for line in _backwards(file):
        if line.is_output and room == 0:
            found += _milestones(file, line)
            break
        found.append(line)
        room -= line.is_output
    return found[::-1]


def _backwards(file: BinaryIO) -> Iterator[_Stored]:
    """The whole lines of *file*, the last one first."""
    position, unread = file.seek(0, os.SEEK_END), b""
    while position > 0:
        size = min(_BLOCK, position)
        position -= size
        file.seek(position)
        unread = file.read(size) + unread
        # Where the block begins in the middle of a line, that line waits for the block before it.
        start = unread.find(b"\n") + 1 if position else 0
        if position and not start:
            if len(unread) > _LONGEST:
                return  # damaged: nothing that was written has a line of that length
            continue
        *whole, half = unread[start:].split(b"\n")
        begin = position + len(unread) - len(half)
        for text in reversed(whole):
            begin -= len(text) + 1
            yield _Stored(begin=begin, text=text)
        unread = unread[:start]


def _milestones(file: BinaryIO, line: _Stored) -> Iterator[_Stored]:
    """What lies before *line* and is no output, the last one first."""
    while (place := line.told) != NOWHERE:
        if place is None or not 0 <= place < line.begin:  # an earlier version wrote it, or it is damaged
            yield from reversed(list(_searched(file, line.begin)))
            return
        file.seek(place)
        line = _Stored(begin=place, text=file.readline().rstrip(b"\n"))
        yield line


def _searched(file: BinaryIO, end: int) -> Iterator[_Stored]:
    """The same up to *end*, found by reading everything."""
    file.seek(0)
    begin = 0
    while begin < end:
        line = _Stored(begin=begin, text=file.readline(_LONGEST).rstrip(b"\n"))
        if not line.is_output:
            yield line
        begin = line.end


def _output(data: dict[str, Any]) -> Event | None:
    """The common case, kept fast: as :meth:`Event.from_data` for a line of output as it is usually written."""
    if data["kind"] != "output" or type(data["seq"]) is not int or not isinstance(data["step"], str | None):
        return None
    text, stream, at = data["data"]["text"], data["data"].get("stream", "out"), data["at"]
    if type(text) is not str or stream not in ("out", "note", "command") or type(at) is not float or not 0 < at < 1e11:
        return None
    return Event(seq=data["seq"], at=at, step=data["step"], payload=Output(text=text, stream=stream))


def _parse(line: bytes) -> Event | None:
    try:
        data = stored.data_of(line)
        return _output(data) or Event.from_data(data)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return None  # from another version, or damaged: the rest of the log is still worth showing
