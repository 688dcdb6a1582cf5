"""Keeps one site of this computer up: holds its listening socket and the application server behind it.

This file is copied into the site's folder and run there by the base interpreter, outside any virtual environment, so
it uses the standard library only and works while releases and their environments come and go::

    python supervisor.py start    FOLDER --port PORT [--lease SECONDS]   begin, in the background, if none lives
    python supervisor.py activate FOLDER RELEASE                         serve another release, without a gap
    python supervisor.py status   FOLDER
    python supervisor.py stop     FOLDER
    python supervisor.py keep     FOLDER --while FILE                    for the system: serve whenever it went down

Each prints one JSON object and ends with 0, or with 1 and an ``error``. Each may be repeated.

How it works:

* The supervisor binds the port once and never accepts. Every application server inherits the socket, so a connection
  that arrives while one release hands over to the next waits in the kernel's queue instead of being refused.
* An application server is asked to finish by closing its standard input. The same happens by itself when the
  supervisor dies, however it dies, so no server is ever left behind. There are no signals in this, so it is the same
  on Windows.
* A server that is ready says so by creating the file named in ``SIMPLE_DEPLOY_READY``, with the process that answers.
* What the servers print goes into a log. Answers are counted on the way: a line for each minute in ``figures.log``,
  with the memory that the site needs, so that charts of the last day can be drawn.
* Whoever holds the lock on ``supervisor.lock`` is the supervisor. The system releases it when the process ends.
* Commands are files in ``control/``. The folder is private to the user, so they need no password and no port.
* ``wanted`` in ``supervisor.json`` says whether the site is meant to run: true from the start on, false once somebody
  stopped it. A site that is wanted and has no supervisor went down unasked; see :func:`went_down`.

A release is a JSON file: ``argv`` and ``cwd`` of the application server and ``env_file``, a private JSON file with its
environment, so that no secret stands in a command line.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes
else:
    import fcntl

HOST = "127.0.0.1"
BACKLOG = 512  # connections that may wait while no server accepts
TICK = 0.1  # seconds between looks at commands, servers and the folder
BOOT = 120.0  # seconds a server may take until it says it is ready; virus scanners read all its files at first
DRAIN = 35.0  # seconds an old server may take to finish its requests
SETTLE = 10.0  # seconds `activate` waits for the old server before it reports success
STOP = 10.0  # seconds a server may take to finish when the site is stopped
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0  # seconds before a crashed server is started again
WATCH = 1.0  # seconds between looks whether the site went down
CALM = 60.0  # seconds after which a server counts as stable
LOG_SIZE, LOG_FILES = 1_000_000, 3  # bytes of a log file, and how many older ones are kept
TAIL = 60  # lines of a failed server's output that are reported
LONGEST_LINE = 65_536  # bytes
NOTED = 60.0  # seconds of a line of figures, and while requests come
NOTED_BUSY = 15.0
FIGURES_SIZE, FIGURES_FILES = 400_000, 1  # bytes: at least a day, and as much again

STATE, LOCK, LOG, OWN_LOG, CONTROL = "supervisor.json", "supervisor.lock", "site.log", "supervisor.log", "control"
FIGURES = "figures.log"

# What a server gets from this computer's environment. Everything else comes from its private file, so that a site
# behaves the same whoever starts it, and nothing of a developer's shell reaches it.
INHERITED = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "COMSPEC", "PATHEXT", "USERPROFILE", "USERNAME"),
    *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "HOMEDRIVE", "HOMEPATH", "NUMBER_OF_PROCESSORS"),
)


class Failure(Exception):
    """Something to tell the person. *kind* is for programs, *detail* the program's own words."""

    def __init__(self, kind: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.detail = detail

    def data(self) -> dict[str, str]:
        return {"kind": self.kind, "message": self.message, "detail": self.detail}


# --- files -----------------------------------------------------------------------------------------------------------


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in *path*, or None when there is none that can be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace *path* atomically, readable by its owner only; it is whole after a power cut too."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.touch(mode=0o600, exist_ok=False)
        with temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps(value))
            file.flush()
            os.fsync(file.fileno())
        _patiently(lambda: temporary.replace(path))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _patiently(act: Callable[[], object]) -> None:
    for _ in range(50 if sys.platform == "win32" else 0):
        try:
            act()
            return
        except PermissionError:  # while somebody reads the file
            time.sleep(0.02)
    act()


class Lock:
    """A lock that the system releases when the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self, *, patience: float) -> bool:
        """Take it for good; *patience* in seconds covers those who only look whether it is held."""
        file = self.path.open("ab")
        deadline = time.monotonic() + patience
        while not _try_lock(file, shared=False):
            if time.monotonic() > deadline:
                file.close()
                return False
            time.sleep(0.02)
        self._file = file
        return True

    def is_intact(self) -> bool:
        """Whether the file that is locked is still the one that others find."""
        assert self._file is not None
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        except OSError:
            return False

    def release(self) -> None:
        assert self._file is not None
        self._file.close()
        self._file = None

    def is_held(self) -> bool:
        """Whether another process holds it. Creates nothing."""
        try:
            with self.path.open("rb") as file:
                return not _try_lock(file, shared=True)
        except FileNotFoundError:
            return False


if sys.platform == "win32":

    class _Overlapped(ctypes.Structure):
        """OVERLAPPED of minwinbase.h: the lock begins at the file's first byte."""

        _fields_ = (
            ("Internal", ctypes.c_void_p),
            ("InternalHigh", ctypes.c_void_p),
            ("Offset", wintypes.DWORD),
            ("OffsetHigh", wintypes.DWORD),
            ("hEvent", wintypes.HANDLE),
        )

    _AT_ONCE, _EXCLUSIVE = 1, 2  # LOCKFILE_FAIL_IMMEDIATELY and LOCKFILE_EXCLUSIVE_LOCK of minwinbase.h

    def _try_lock(file: IO[bytes], *, shared: bool) -> bool:
        # msvcrt.locking knows exclusive locks only: of two who look, one would take the other for the holder.
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(file.fileno()))
        flags = wintypes.DWORD(_AT_ONCE | (0 if shared else _EXCLUSIVE))
        none, first = wintypes.DWORD(0), ctypes.byref(_Overlapped())
        return bool(ctypes.windll.kernel32.LockFileEx(handle, flags, none, wintypes.DWORD(1), none, first))

else:

    def _try_lock(file: IO[bytes], *, shared: bool) -> bool:
        try:
            fcntl.flock(file.fileno(), (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class RotatedLog:
    """A log file that is put aside when it is full; what cannot be written is dropped, the site goes on."""

    def __init__(self, path: Path, *, size: int = LOG_SIZE, files: int = LOG_FILES) -> None:
        self._path = path
        self._most, self._files = size, files
        self._guard = threading.Lock()

    def write(self, line: bytes) -> None:
        with self._guard, contextlib.suppress(OSError):
            if self._size() + len(line) > self._most:
                with contextlib.suppress(OSError):  # Windows: somebody reads it; then it grows a little longer
                    self._rotate()
            with self._path.open("ab") as file:
                file.write(line)

    def say(self, text: str) -> None:
        """A line of the supervisor's own."""
        self.write(f"[{time.strftime('%Y-%m-%d %H:%M:%S')}] [supervisor] {text}\n".encode())

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def _rotate(self) -> None:
        for number in range(self._files - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))


# --- what the site does, in numbers ----------------------------------------------------------------------------------

_ANSWER = re.compile(rb'\] "[A-Z]+ .*" (\d{3}) (\d+(?:\.\d+)?) s\s*\Z')


class Figures:
    """Counts the answers that an application server writes in its log, and notes them with the memory that it needs.

    A line has the time it begins, answers, failed ones, seconds of all, seconds of the slowest, bytes of memory (``-``
    where nobody knows).
    """

    def __init__(self, path: Path) -> None:
        self._log = RotatedLog(path, size=FIGURES_SIZE, files=FIGURES_FILES)
        self._guard = threading.Lock()
        self._seconds: list[float] = []
        self._failed = 0
        self._begun = time.time()

    def read(self, line: bytes) -> None:
        answer = _ANSWER.search(line)
        if answer is not None:
            with self._guard:
                self._seconds.append(float(answer[2]))
                self._failed += answer[1] >= b"500"

    @property
    def due(self) -> bool:
        """Whether it is time for a line; also where the clock was set back."""
        return not 0 <= time.time() - self._begun < (NOTED_BUSY if self._seconds else NOTED)

    def note(self, pid: int | None) -> None:
        """Write down what came since the last line. *pid* is the process that answers."""
        with self._guard:
            seconds, failed, begun = self._seconds, self._failed, self._begun
            self._seconds, self._failed, self._begun = [], 0, time.time()
        memory = memory_of(pid) if pid is not None else None
        numbers = (len(seconds), failed, f"{sum(seconds):.3f}", f"{max(seconds, default=0.0):.3f}", memory or "-")
        self._log.write(f"{begun:.0f} {' '.join(map(str, numbers))}\n".encode())


if sys.platform == "win32":

    class _Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of psapi.h."""

        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("WorkingSetSize", ctypes.c_size_t),
            ("QuotaPeakPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPeakNonPagedPoolUsage", ctypes.c_size_t),
            ("QuotaNonPagedPoolUsage", ctypes.c_size_t),
            ("PagefileUsage", ctypes.c_size_t),
            ("PeakPagefileUsage", ctypes.c_size_t),
        )

    _MAY_LOOK = 0x1000 | 0x0010  # PROCESS_QUERY_LIMITED_INFORMATION and PROCESS_VM_READ of winnt.h

    def memory_of(pid: int) -> int | None:
        """Bytes of memory that a process holds; None where it is gone."""
        kernel = ctypes.WinDLL("kernel32")
        kernel.OpenProcess.restype = wintypes.HANDLE
        kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
        kernel.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD)
        kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
        process = kernel.OpenProcess(_MAY_LOOK, False, pid)
        if not process:
            return None
        found = _Counters()
        found.cb = ctypes.sizeof(found)
        try:
            told = kernel.K32GetProcessMemoryInfo(process, ctypes.byref(found), found.cb)
            return int(found.WorkingSetSize) if told else None
        finally:
            kernel.CloseHandle(process)

elif sys.platform == "linux":

    def memory_of(pid: int) -> int | None:
        """Bytes of memory that a process holds; None where it is gone."""
        try:
            pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return None

else:

    def memory_of(pid: int) -> int | None:
        """Bytes of memory that a process holds; None where it is gone."""
        try:
            told = subprocess.run(("ps", "-o", "rss=", "-p", str(pid)), capture_output=True, check=False, timeout=5)
            return int(told.stdout) * 1024
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None


# --- one application server ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Release:
    """What to run for a release, and the file that says so."""

    path: str
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]

    @classmethod
    def read(cls, path: str) -> Release:
        """:raises Failure: it cannot be read or is not complete."""
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            env = json.loads(Path(data["env_file"]).read_text(encoding="utf-8"))
            argv = tuple(str(part) for part in data["argv"])
            return cls(path=path, argv=argv, cwd=str(data["cwd"]), env={str(k): str(v) for k, v in env.items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Failure("release-unreadable", f"The release {path} cannot be read: {error}") from error


class Server:
    """One running application server of one release.

    :raises Failure: the program cannot be started.
    """

    def __init__(
        self, release: Release, listener: socket.socket, ready: Path, log: RotatedLog, figures: Figures
    ) -> None:
        self.release = release
        self.begun = time.monotonic()
        self._ready = ready
        self._lines: deque[str] = deque(maxlen=TAIL)
        ready.unlink(missing_ok=True)
        env = {name: os.environ[name] for name in INHERITED if name in os.environ}
        env |= {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **release.env}
        env |= {"SIMPLE_DEPLOY_SOCKET": str(listener.fileno()), "SIMPLE_DEPLOY_READY": str(ready)}
        try:
            self._process = _popen(release, env, listener)
        except OSError as error:
            raise Failure("release-broken", f"{release.argv[0]} cannot be started: {error}") from error
        self._reader = threading.Thread(target=self._read, args=(log, figures), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def ready(self) -> bool:
        return self._ready.exists()

    @property
    def answering(self) -> int | None:
        """The process that answers requests, as it says itself."""
        try:
            return int(self._ready.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    @property
    def age(self) -> float:
        return time.monotonic() - self.begun

    def finish(self) -> None:
        """Ask it to accept nothing more, answer what it has, and end."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def wait(self, seconds: float) -> bool:
        try:
            self._process.wait(timeout=max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it and what it started. Also tidies up after one that ended by itself."""
        self.finish()
        _kill_group(self._process)
        self._process.wait()
        self._ready.unlink(missing_ok=True)

    def last_words(self) -> str:
        self._reader.join(timeout=1.0)
        return "\n".join(list(self._lines))

    def end_in_words(self) -> str:
        code = self._process.poll()
        return "is still running" if code is None else f"ended with exit code {code}"

    def _read(self, log: RotatedLog, figures: Figures) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            while line := stream.readline(LONGEST_LINE):
                log.write(line)
                figures.read(line)
                self._lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))


def _popen(release: Release, env: dict[str, str], listener: socket.socket) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        listener.set_inheritable(True)
        return subprocess.Popen(
            release.argv,
            cwd=release.cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": [listener.fileno()]}),
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW,
        )
    return subprocess.Popen(
        release.argv,
        cwd=release.cwd,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(listener.fileno(),),
        start_new_session=True,
    )


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        # A virtual environment's python.exe holds its real interpreter in a job that ends with it.
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


# --- the supervisor --------------------------------------------------------------------------------------------------


def listen(port: int, *, patience: float) -> socket.socket:
    """The listening socket; *patience* in seconds covers servers that are still finishing after a crash.

    :raises Failure: somebody else has the port.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _listen(port)
        except OSError as error:
            if time.monotonic() > deadline:
                raise Failure(
                    "port-taken", f"Port {port} of this computer is used by another program.", str(error)
                ) from error
            time.sleep(TICK)


def _listen(port: int) -> socket.socket:
    if port and _somebody_answers(port):
        # On some systems a server bound to all addresses would not be seen by bind().
        raise OSError(f"something answers on {HOST}:{port}")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _somebody_answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


class Signals:
    """Whether the system told this process to end."""

    def __init__(self) -> None:
        self.told = False
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)

    def _note(self, *_: object) -> None:
        self.told = True


class Supervisor:
    """The process that holds the socket. One thread does everything but read what servers print."""

    def __init__(
        self,
        folder: Path,
        listener: socket.socket,
        lock: Lock,
        lease: float | None,
        state: dict[str, Any],
        signals: Signals,
    ) -> None:
        self._folder = folder
        self._listener = listener
        self._lock = lock
        self._signals = signals
        self._until = None if lease is None else time.monotonic() + lease
        self._log = RotatedLog(folder / LOG)
        self._figures = Figures(folder / FIGURES)
        self._control = folder / CONTROL
        self._wanted: str | None = None  # the file of the release that is to serve
        self._server: Server | None = None
        self._finishing: list[tuple[Server, float]] = []
        self._crashes = 0
        self._restart_at = 0.0
        self._count = 0
        self._stopping = False
        self._state = {**state, "port": listener.getsockname()[1], "state": "empty"}

    def run(self, *, resume: bool = False) -> None:
        """Until told to stop, out of lease, or without a folder.

        :param resume: begin with the release that served last, rather than wait to be told which.
        """
        shutil.rmtree(self._control, ignore_errors=True)
        self._control.mkdir(mode=0o700, exist_ok=True)
        self._say(f"listening on {HOST}:{self._state['port']}")
        if resume and self._state["release"]:
            self._wanted, self._state["state"] = str(self._state["release"]), "restarting"
        self._save()
        try:
            while not self._over():
                for request in sorted(self._control.glob("*.request")):
                    self._answer(request)
                self._look_after_server()
                self._look_after_finishing()
                if self._server is not None and self._figures.due:
                    self._figures.note(self._server.answering)
                time.sleep(TICK)
        finally:
            self._end()

    def _over(self) -> bool:
        out_of_lease = self._until is not None and time.monotonic() > self._until
        return self._stopping or self._signals.told or out_of_lease or not self._lock.is_intact()

    def _end(self) -> None:
        self._listener.close()
        servers = [server for server, _ in self._finishing]
        if self._server is not None:
            servers.append(self._server)
        for server in servers:
            server.finish()
        deadline = time.monotonic() + STOP
        for server in servers:
            server.wait(deadline - time.monotonic())
            server.kill()
        if self._lock.is_intact():
            self._say("stopped")
            self._save(state="stopped", server_pid=None, served_since=None)
            shutil.rmtree(self._control, ignore_errors=True)

    # commands

    def _answer(self, request: Path) -> None:
        command = read_json(request) or {}
        _patiently(lambda: request.unlink(missing_ok=True))
        try:
            if command.get("command") == "stop":
                self._stopping = True
                self._save(wanted=False)
            elif command.get("command") == "activate":
                self._activate(str(command.get("release")))
            else:
                raise Failure("unknown-command", f"The supervisor does not know the command {command!r}.")
            reply: dict[str, Any] = {"ok": True, **self._state}
        except Failure as failure:
            self._say(failure.message)
            reply = {"ok": False, **self._state, "error": failure.data()}
        with contextlib.suppress(OSError):
            write_json(request.with_suffix(".reply"), reply)

    def _activate(self, path: str) -> None:
        current = self._server
        if current is not None and current.alive and current.release.path == path:
            self._wait_until_ready(current)
            return
        release = Release.read(path)
        self._say(f"starting {path}")
        successor = self._start(release)
        try:
            self._wait_until_ready(successor)
        except BaseException:
            successor.kill()
            raise
        self._wanted, self._server, self._crashes = path, successor, 0
        self._save(
            state="serving",
            release=path,
            server_pid=successor.pid,
            served_since=time.time(),
            restarts=0,
            error=None,
        )
        self._say(f"serving {path}")
        if current is not None:
            current.finish()
            self._finishing.append((current, time.monotonic() + DRAIN))
            current.wait(SETTLE)

    def _start(self, release: Release) -> Server:
        self._count += 1
        return Server(release, self._listener, self._folder / f"ready-{self._count}", self._log, self._figures)

    def _wait_until_ready(self, server: Server) -> None:
        while not server.ready:
            if not server.alive:
                raise Failure(
                    "release-broken",
                    f"The application server {server.end_in_words()} before it was ready.",
                    server.last_words(),
                )
            if server.age > BOOT:
                raise Failure(
                    "release-slow",
                    f"The application server was not ready after {BOOT:.0f} seconds.",
                    server.last_words(),
                )
            if self._over():
                raise Failure("stopped", "The site was stopped meanwhile.")
            time.sleep(TICK / 2)

    # servers

    def _look_after_server(self) -> None:
        if self._wanted is None:
            return
        if self._server is not None:
            if self._server.alive:
                self._notice_recovery(self._server)
                return
            self._notice_crash(self._server)
        if time.monotonic() >= self._restart_at:
            self._restart(self._wanted)

    def _notice_recovery(self, server: Server) -> None:
        if self._state["state"] == "restarting" and server.ready:
            self._say("serving again")
            self._save(state="serving", server_pid=server.pid, served_since=time.time(), error=None)
        elif not server.ready and server.age > BOOT:
            server.kill()
        if self._crashes and server.age > CALM:
            self._crashes = 0

    def _notice_crash(self, server: Server) -> None:
        failure = Failure("crashed", f"The application server {server.end_in_words()} by itself.", server.last_words())
        server.kill()
        self._server = None
        self._pause(failure)

    def _restart(self, path: str) -> None:
        try:
            # Read again: its environment file may have been fixed.
            self._server = self._start(Release.read(path))
        except Failure as failure:
            self._pause(failure)

    def _pause(self, failure: Failure) -> None:
        pause = min(FIRST_PAUSE * 2**self._crashes, LONGEST_PAUSE)
        self._crashes += 1
        self._restart_at = time.monotonic() + pause
        self._say(f"{failure.message} Starting it again in {pause:.1f} s.")
        self._save(
            state="restarting",
            server_pid=None,
            served_since=None,
            restarts=self._state["restarts"] + 1,
            error=failure.data(),
        )

    def _look_after_finishing(self) -> None:
        remaining = []
        for server, deadline in self._finishing:
            if server.alive and time.monotonic() < deadline:
                remaining.append((server, deadline))
            else:
                server.kill()
        self._finishing = remaining

    def _say(self, text: str) -> None:
        self._log.say(text)

    def _save(self, **changes: Any) -> None:
        self._state |= changes
        # A full disk must not take the site down; the next change writes everything again.
        with contextlib.suppress(OSError):
            write_json(self._folder / STATE, self._state)


def supervise(folder: Path, port: int, lease: float | None, signals: Signals, *, resume: bool = False) -> int:
    """Be the supervisor of *folder*. Returns 0, also when another process already is, and 1 when the port is taken."""
    os.umask(0o077)
    lock = Lock(folder / LOCK)
    if not lock.acquire(patience=0.2):
        return 0
    before = read_json(folder / STATE) or {}
    crashed = before.get("state") not in (None, "stopped", "failed")
    state = {
        "protocol": 1,
        "pid": os.getpid(),
        "started_at": time.time(),
        "port": port,
        "state": "starting",
        "wanted": lease is None,
        "release": before.get("release"),  # the one that serves, or served last
        "server_pid": None,
        "served_since": None,
        "restarts": 0,
        "error": None,
    }
    write_json(folder / STATE, state)
    try:
        listener = listen(port, patience=DRAIN if crashed else 0.0)
        Supervisor(folder, listener, lock, lease, state, signals).run(resume=resume)
    except Failure as failure:
        write_json(folder / STATE, {**state, "state": "failed", "error": failure.data()})
        return 1
    finally:
        lock.release()
    return 0


def keep(folder: Path, agreed: Path) -> int:
    """Serve whenever the site is meant to run and nobody serves it, as long as the file *agreed* is there.

    The system starts this at login, and again when it is killed. A site that somebody stopped is left alone, and so is
    one that has a supervisor: this waits until it goes down.
    """
    lock, try_again, signals = Lock(folder / LOCK), 0.0, Signals()
    while agreed.exists() and not signals.told:
        state = read_json(folder / STATE) or {}
        if state.get("wanted") is True and not lock.is_held() and time.monotonic() >= try_again:
            failed = supervise(folder, int(state.get("port") or 0), None, signals, resume=True)
            try_again = time.monotonic() + LONGEST_PAUSE if failed else 0.0
        time.sleep(WATCH)
    return 0


# --- commands, run by the tool ---------------------------------------------------------------------------------------


def status(folder: Path) -> dict[str, Any]:
    """What the supervisor wrote last, and ``running``: whether it lives."""
    running = Lock(folder / LOCK).is_held()
    return {"ok": True, "state": "stopped", "error": None, **(read_json(folder / STATE) or {}), "running": running}


def went_down(folder: Path) -> str:
    """A word for how the site ended though nobody stopped it, another one each time; empty when it did not.

    Reads two files and starts nothing. A start that failed, as when the port is taken, is no such end.
    """
    if Lock(folder / LOCK).is_held():
        return ""
    state = read_json(folder / STATE) or {}
    if state.get("wanted") is not True or state.get("state") == "failed":
        return ""
    return f"{state.get('pid')}-{state.get('started_at')}"


def start(folder: Path, port: int, lease: float | None) -> dict[str, Any]:
    """:raises Failure: it cannot run, for example because the port is taken."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if Lock(folder / LOCK).is_held():
        process, stale = None, None
    else:
        stale = (read_json(folder / STATE) or {}).get("started_at")
        process = _spawn(folder, port, lease)

    def settled() -> dict[str, Any] | None:
        ended = process.poll() if process is not None else None
        state = status(folder)
        if state.get("started_at") != stale or process is None:
            if state["running"] and state["state"] not in ("starting", "failed", "stopped"):
                return state
            if state["state"] == "failed" and isinstance(state["error"], dict):
                raise Failure(state["error"]["kind"], state["error"]["message"], state["error"]["detail"])
        if ended is not None and not state["running"]:
            raise Failure("not-started", "The site's supervisor did not start.", _own_words(folder))
        return None

    state: dict[str, Any] | None = _wait_for(settled, DRAIN + 10.0)
    if state is None:
        raise Failure("not-started", "The site's supervisor is not ready.", _own_words(folder))
    return state


def _own_words(folder: Path) -> str:
    try:
        text = (folder / OWN_LOG).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return str(error)
    return "\n".join(text.splitlines()[-TAIL:])


def activate(folder: Path, release: str) -> dict[str, Any]:
    return _command(folder, {"command": "activate", "release": release}, BOOT + SETTLE + 20.0)


def stop(folder: Path) -> dict[str, Any]:
    """:raises Failure: it is still there after a while."""
    lock = Lock(folder / LOCK)
    request = folder / CONTROL / f"{uuid.uuid4().hex}.request"

    def stopped() -> bool:
        if not lock.is_held():
            return _unwanted(folder)
        if not request.exists():  # one that is just starting clears the folder
            with contextlib.suppress(FileNotFoundError):
                write_json(request, {"command": "stop"})
        return False

    if not _wait_for(stopped, BOOT + STOP + 10.0):
        pid = (read_json(folder / STATE) or {}).get("pid")
        raise Failure("not-stopped", f"The site's supervisor, process {pid}, does not stop.")
    return status(folder)


def _unwanted(folder: Path) -> bool:
    """Note that the site, which has no supervisor, is stopped on purpose; False when one was faster."""
    state = read_json(folder / STATE)
    if state is None or not state.get("wanted"):
        return True
    lock = Lock(folder / LOCK)
    if not lock.acquire(patience=0.0):
        return False
    try:
        write_json(folder / STATE, {**state, "state": "stopped", "wanted": False, "server_pid": None})
    finally:
        lock.release()
    return True


def _command(folder: Path, command: Mapping[str, str], patience: float) -> dict[str, Any]:
    lock = Lock(folder / LOCK)
    gone = Failure("not-running", "The site is not running.")
    request = folder / CONTROL / f"{uuid.uuid4().hex}.request"
    reply = request.with_suffix(".reply")
    try:
        write_json(request, command)
    except FileNotFoundError as error:
        raise gone from error

    def answered() -> dict[str, Any] | None:
        if not lock.is_held() and not reply.exists():
            raise gone
        return read_json(reply)

    answer: dict[str, Any] | None = _wait_for(answered, patience)
    _patiently(lambda: request.unlink(missing_ok=True))
    _patiently(lambda: reply.unlink(missing_ok=True))
    if answer is None:
        raise Failure("no-answer", "The site's supervisor does not answer.")
    return answer


def _wait_for(ask: Callable[[], Any], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def _spawn(folder: Path, port: int, lease: float | None) -> subprocess.Popen[bytes]:
    """Start the supervisor so that it outlives this process, its terminal and its process group."""
    command = [sys.executable, "-I", str(Path(__file__).resolve()), "supervise", str(folder), "--port", str(port)]
    if lease is not None:
        command += ["--lease", str(lease)]
    (folder / OWN_LOG).unlink(missing_ok=True)
    (folder / OWN_LOG).touch(mode=0o600)
    with (folder / OWN_LOG).open("ab") as log:
        if sys.platform == "win32":
            detached = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
            try:
                return _detach(command, folder, log, creationflags=detached | subprocess.CREATE_BREAKAWAY_FROM_JOB)
            except OSError:  # the job of the terminal may forbid leaving it
                return _detach(command, folder, log, creationflags=detached)
        return _detach(command, folder, log, start_new_session=True)


def _detach(command: list[str], folder: Path, log: IO[bytes], **how: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=folder.anchor,  # hold no folder that someone may want to remove
        env={name: os.environ[name] for name in INHERITED if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        **how,
    )


def main(arguments: list[str]) -> int:
    """:returns: the exit code."""
    parser = argparse.ArgumentParser(description="Keeps one site of this computer up.")
    parser.add_argument("command", choices=["start", "activate", "status", "stop", "supervise", "keep"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("release", nargs="?")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--lease", type=float)
    parser.add_argument("--while", type=Path, dest="agreed", default=Path())
    given = parser.parse_args(arguments)
    folder = given.folder.absolute()
    if given.command == "supervise":
        return supervise(folder, given.port, given.lease, Signals())
    if given.command == "keep":
        return keep(folder, given.agreed)
    try:
        if given.command == "start":
            answer = start(folder, given.port, given.lease)
        elif given.command == "activate":
            answer = activate(folder, str(given.release))
        elif given.command == "stop":
            answer = stop(folder)
        else:
            answer = status(folder)
    except Failure as failure:
        answer = {"ok": False, "error": failure.data()}
    except OSError as error:
        answer = {"ok": False, "error": Failure("system", str(error)).data()}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
