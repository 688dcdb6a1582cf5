"""The one place where programs are started: argument lists, no shell."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

import psutil

from simple_deploy.core import ansi
from simple_deploy.core.errors import Cancelled, CommandFailed, StepError, TimedOut, ToolMissing
from simple_deploy.core.interfaces import Completed
from simple_deploy.core.secret import Secret
from simple_deploy.system import limits, programs
from simple_deploy.system.files import PRIVATE_FILE

LONGEST_LINE = 16 * 1024  # characters
KEPT_LINES = 5_000
TAIL = 400  # lines that a failure tells, enough for a whole traceback or a compiler's complaints
_UNSURE = 4_096  # characters
POLL = 0.05  # seconds between looks at the cancel flag and the clock
_SOON = 0.01  # seconds between looks at programs that were told to end
_STARTTIME = 19  # fields of /proc/PID/stat after the name; see proc_pid_stat(5)
_DISK_FULL = ("No space left on device", "Out of diskspace", "not enough space on the disk")
GRACE = 1.5  # seconds a program gets to end by itself before it is killed

#: Names the run that a program works for, in the program's environment. Programs are in groups of their own and outlive
#: a run that is killed; this is how they are found then.
RUN = "SIMPLE_DEPLOY_RUN"


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str | Secret] | None = None,
    stdin: str | Secret | None = None,
    timeout: float = 600.0,
    by_work: bool = False,
    check: bool = True,
    on_line: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    redact: Callable[[str], str] = str,
    longest: int = LONGEST_LINE,
) -> Completed:
    """Run a program to its end; see :class:`simple_deploy.core.interfaces.Runner` for the parameters.

    :param cancelled: asked while the program runs; true ends its whole process tree.
    :param redact: applied to every line before anyone sees it, and to all of them.
    :param longest: characters of a line that are kept.
    """
    command = tuple(map(str, argv))
    if cancelled():
        raise Cancelled()
    process = _start(command, cwd=cwd, env=environment(env), stdin=subprocess.PIPE if stdin is not None else None)
    _feed(process, stdin)
    limit = limits.of_work(timeout, partial(limits.work_of, process.pid)) if by_work else limits.of_time(timeout)
    done = _to_its_end(
        process, command, limit=limit, on_line=on_line, cancelled=cancelled, redact=redact, longest=longest
    )
    if check and not done.ok:
        raise _failed(done, " ".join(map(redact, command)))
    return done


class Waiting:
    """A program that was started ahead: it does nothing before it is given its standard input.

    :param umask: what it does not permit others in the files it makes, as this process may be stricter. Windows has
        no such thing.
    """

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], umask: int) -> None:
        self._command = tuple(map(str, argv))
        self._process = _start(self._command, cwd=cwd, env=environment(env), stdin=subprocess.PIPE, umask=umask)

    @property
    def is_there(self) -> bool:
        return self._process.poll() is None

    def begin(self, stdin: str) -> None:
        """Give it its input."""
        _feed(self._process, stdin)

    def wait(self, *, timeout: float, cancelled: Callable[[], bool]) -> Completed:
        """Wait for its end, whatever its exit code; see :func:`run`."""
        limit = limits.of_time(timeout)
        return _to_its_end(self._process, self._command, limit=limit, on_line=None, cancelled=cancelled, redact=str)


def _to_its_end(
    process: subprocess.Popen[bytes],
    command: tuple[str, ...],
    *,
    limit: limits.Limit,
    on_line: Callable[[str], None] | None,
    cancelled: Callable[[], bool],
    redact: Callable[[str], str],
    longest: int = LONGEST_LINE,
) -> Completed:
    lines = _lines(process, LineSplitter(longest, redact))
    try:
        kept = _follow(process, command, lines, limit=limit, on_line=on_line, cancelled=cancelled)
    except BaseException:  # Ctrl-C too: the program is in a group of its own and would live on
        kill_tree(process.pid)
        process.wait()
        raise
    process.wait()
    output = redact("\n".join(kept))  # once more: a value may go on in the next line
    return Completed(argv=command, returncode=process.returncode, output=output)


def _follow(
    process: subprocess.Popen[bytes],
    command: tuple[str, ...],
    lines: queue.Queue[str | None],
    *,
    limit: limits.Limit,
    on_line: Callable[[str], None] | None,
    cancelled: Callable[[], bool],
) -> deque[str]:
    """Pass on the lines of a program until it ends; returns the last of them."""
    kept: deque[str] = deque(maxlen=KEPT_LINES)
    ended_at: float | None = None
    while True:
        try:
            line = lines.get(timeout=POLL)
        except queue.Empty:
            # A grandchild may keep the pipe open after the program itself has ended: do not wait for it for ever.
            if process.poll() is not None:
                ended_at = None if _is_on_its_way(process) else ended_at or time.monotonic()
                if ended_at is not None and time.monotonic() - ended_at > GRACE:
                    return kept
        else:
            if line is None:
                return kept
            kept.append(line)
            if on_line is not None:
                on_line(line)
        if cancelled():
            raise Cancelled()
        if limit.is_over():
            raise TimedOut(
                f"{_name(command)} did not finish within {limit.seconds:.0f} seconds and was stopped.",
                hint="Try again; if it hangs at the same place, the last lines of the log say where.",
            )


def _failed(done: Completed, command: str) -> CommandFailed:
    tail = tuple(map(ansi.plain, done.tail(TAIL)))
    message = f"`{command}` ended with exit code {done.returncode}."
    hint = f"The last lines it printed say why: {' / '.join(tail[-3:])}" if tail else ""
    if any(words in line for line in tail for words in _DISK_FULL):
        message, hint = f"There is no space left on the disk: {message}", "Free some space and try again."
    return CommandFailed(message, argv=done.argv, returncode=done.returncode, tail=tail, hint=hint)


def spawn(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str | Secret], log: Path) -> int:
    """Start a program that outlives this process and its terminal; its output is appended to *log*.

    :returns: its process id.
    """
    command = tuple(map(str, argv))
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE), "ab") as output:
        process = _start(command, cwd=cwd, env=environment({**env, RUN: ""}), stdin=None, output=output)
    # Not waited for: it belongs to nobody from here on.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def environment(extra: Mapping[str, str | Secret] | None) -> dict[str, str]:
    """This process's environment with *extra* on top; an empty text removes a variable, an empty secret empties it."""
    merged = dict(os.environ)
    for name, value in (extra or {}).items():
        if isinstance(value, Secret):
            merged[name] = value.reveal()
        elif value:
            merged[name] = value
        else:
            merged.pop(name, None)
    merged.setdefault("PYTHONUNBUFFERED", "1")
    merged.setdefault("PYTHONIOENCODING", "utf-8")
    # uv would download a Python, unasked, where none that is installed fits.
    merged.setdefault("UV_PYTHON_DOWNLOADS", "never")
    return merged


def own_group() -> dict[str, Any]:
    """Arguments for Popen that put a program into a process group of its own."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def started_at(pid: int) -> float | None:
    """When the process began, in seconds; None when there is none. With the id it names a process.

    They are counted from the epoch, on Linux from the start of the computer: Linux keeps the latter alone, and what
    is made of it with the clock is another moment after each correction of the clock.
    """
    try:
        return _began(psutil.Process(pid))
    except psutil.Error:
        return None


def _began(process: psutil.Process) -> float:
    if sys.platform != "linux":
        return float(process.create_time())
    # Not from psutil: versions before 7 add the moment of the computer's start as they remember it, which is another
    # one than they tell once the clock was corrected.
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError as error:
        raise psutil.NoSuchProcess(process.pid) from error
    return int(fields[_STARTTIME]) / os.sysconf("SC_CLK_TCK")


def is_alive(pid: int, started: float | None = None) -> bool:
    """Whether process *pid* runs and is the one that began at *started*, see :func:`started_at`.

    What cannot be found out counts as alive: a process that is taken for dead by mistake is told to stop.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return not started or abs(_began(process) - started) < 2.0
    except (psutil.NoSuchProcess, ValueError, OverflowError):  # the latter two: there can be no such process
        return False
    except psutil.Error:
        return True


def kill_tree(pid: int, *, grace: float = GRACE) -> None:
    """End a process and everything it started, but not this process: politely first, then for good."""
    try:
        root = psutil.Process(pid)
        family = [each for each in (root, *root.children(recursive=True)) if each.pid != os.getpid()]
    except psutil.NoSuchProcess:
        family = []
    for member in family:
        _quietly(member.terminate)
    alive = _left_after(grace, family)
    # A program may have started more while it was told to end.
    for member in {*alive, *(child for each in alive for child in _children(each))}:
        _quietly(member.kill)
    _left_after(grace, alive)
    _kill_group(pid)


def _left_after(seconds: float, members: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Those of *members* that have not ended within *seconds*.

    One that has ended, and that its parent has not asked about, has ended: in a container nobody may ever ask.
    """
    deadline = time.monotonic() + seconds
    while (left := [each for each in members if _is_at_work(each)]) and time.monotonic() < deadline:
        time.sleep(_SOON)
    return left


def _is_at_work(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def end_leftovers(value: str, variable: str = RUN) -> None:
    """End every program but this one in whose environment *variable* is *value*.

    By default these are the ones that still work for a run, whose own process is gone.
    """
    for _ in range(3):  # one may just have started another
        left = [each for each in psutil.process_iter() if each.pid != os.getpid() and _has(each, variable, value)]
        if not left:
            return
        for each in left:
            kill_tree(each.pid)


def _has(process: psutil.Process, variable: str, value: str) -> bool:
    try:
        return process.environ().get(variable) == value
    except (psutil.Error, OSError):  # somebody else's, or just over
        return False


def works_in(name: str, folder: Path) -> bool:
    """Whether a program of that *name* is at work in *folder* or below."""
    for process in psutil.process_iter(["name", "cwd"]):
        known, cwd = process.info["name"] or "", process.info["cwd"]
        if known.partition(".")[0] == name and cwd and Path(cwd).is_relative_to(folder):
            return True
    return False


def _kill_group(pid: int) -> None:
    """Orphans of the tree still share the group of its root, which *run* and *spawn* make a leader."""
    if sys.platform == "win32":
        return
    import signal

    try:
        if pid != os.getpgrp():
            os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _quietly(action: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.Error):
        action()


def _start(
    command: tuple[str, ...],
    *,
    cwd: Path | None,
    env: dict[str, str],
    stdin: int | None,
    output: IO[bytes] | None = None,
    umask: int = -1,
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            _called(command, env),
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE if output is None else output,
            stderr=subprocess.STDOUT,
            umask=umask,
            **own_group(),
        )
    except (OSError, ValueError) as error:
        raise _not_started(command, cwd, error) from error


def _not_started(command: tuple[str, ...], cwd: Path | None, error: OSError | ValueError) -> StepError:
    # Systems differ in what they say of a folder that is not there; Windows takes it for no folder.
    if cwd is not None and not cwd.is_dir():
        return StepError(f"The folder {cwd} does not exist any more.", hint="Start the run again.")
    if isinstance(error, FileNotFoundError) and Path(command[0]).is_absolute():
        there = Path(command[0]).exists()
        what = "cannot be started: the interpreter that its first line names is not there" if there else "is not there"
        return ToolMissing(
            f"The program {command[0]} {what}.",
            hint="Its folder, perhaps a virtual environment, was moved, renamed, or deleted. "
            "Put it back, or make a new one.",
        )
    if isinstance(error, FileNotFoundError):
        return ToolMissing(
            f"The program “{_name(command)}” is not installed on this computer, or not on PATH.",
            hint=f"Install {_name(command)}, open a new terminal so that it is found, and try again.",
        )
    return StepError(f"{_name(command)} could not be started: {error}.", hint="Check that it may be run.")


def _called(command: tuple[str, ...], env: dict[str, str]) -> tuple[str, ...] | str:
    """*command* as the system is told it.

    :raises FileNotFoundError: Windows has no such program.
    :raises ValueError: it cannot be called with these arguments.
    """
    if sys.platform != "win32":
        return command
    file = programs.find(command[0], env)
    if file is None:
        raise FileNotFoundError(command[0])
    return programs.called(file, command[1:], runner=env.get("COMSPEC", "cmd.exe"))


def _feed(process: subprocess.Popen[bytes], stdin: str | Secret | None) -> None:
    if stdin is None or process.stdin is None:
        return
    text = stdin.reveal() if isinstance(stdin, Secret) else stdin
    pipe = process.stdin

    def feed() -> None:
        try:
            pipe.write(text.encode("utf-8"))
            pipe.close()
        except OSError:  # the program did not want it
            pass

    threading.Thread(target=feed, daemon=True).start()


def _is_on_its_way(process: subprocess.Popen[bytes]) -> bool:
    """Whether there is output, or its end, that is yet to be read or handed on: the reader may wait for its turn for
    long on a busy computer."""
    assert process.stdout is not None
    try:
        pipe = process.stdout.fileno()
    except ValueError:  # it was closed: the end is handed on next
        return True
    return _can_be_read(pipe)


if sys.platform == "win32":
    import _winapi
    import msvcrt

    def _can_be_read(pipe: int) -> bool:
        try:
            return bool(_winapi.PeekNamedPipe(msvcrt.get_osfhandle(pipe), 0)[0])
        except OSError:  # nobody writes any more: its end can be read
            return True

else:
    import select

    def _can_be_read(pipe: int) -> bool:
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        return bool(poll.poll(0))


def _lines(process: subprocess.Popen[bytes], splitter: LineSplitter) -> queue.Queue[str | None]:
    """Lines of the merged output as they arrive, then None. Bounded, so that endless output cannot fill the memory."""
    lines: queue.Queue[str | None] = queue.Queue(maxsize=2_000)
    stream = process.stdout
    assert stream is not None

    def read() -> None:
        try:
            with stream:
                while chunk := os.read(stream.fileno(), 65_536):
                    for line in splitter.feed(chunk):
                        lines.put(line)
            for line in splitter.end():
                lines.put(line)
        finally:  # somebody waits for this
            lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


class LineSplitter:
    """Cuts a byte stream into lines of text: a carriage return starts the line again, as on a terminal,
    and a line that is too long is cut, saying by how much.

    :param clean: hides what must not be seen; applied before a line is cut, so that no part of it is left over.
    """

    def __init__(self, longest: int = LONGEST_LINE, clean: Callable[[str], str] = str) -> None:
        self._longest = longest
        self._clean = clean
        self._pending = b""
        self._dropped = 0

    def feed(self, chunk: bytes) -> list[str]:
        *complete, rest = chunk.split(b"\n")
        lines = []
        for part in complete:
            lines.append(self._finish(self._pending + part))
            self._pending, self._dropped = b"", 0
        self._pending += rest
        limit = self._longest * 4
        if len(self._pending) > limit:
            self._dropped += len(self._pending) - limit
            self._pending = self._pending[:limit]
        return lines

    def end(self) -> list[str]:
        rest, self._pending = self._pending, b""
        return [self._finish(rest)] if rest else []

    def _finish(self, raw: bytes) -> str:
        text = raw.decode("utf-8", "replace").rstrip("\r").rsplit("\r", 1)[-1]
        whole = len(text) + self._dropped
        clean = self._clean(text)
        if self._dropped:
            clean = clean[:-_UNSURE]  # it may end in the beginning of something that has to be hidden
        elif len(clean) <= self._longest:
            return clean
        shown = clean[: self._longest]
        return f"{shown} … [{max(0, whole - len(shown)):,} more characters left out]"


def _name(command: tuple[str, ...]) -> str:
    return Path(command[0]).name
