"""Executes runs in processes of their own that die, or meet a fault, at a chosen point, or are copied at every point.

A process that is killed leaves what the kernel has at that moment. So a copy of the disk, made while the process stands
still at a point, is what a kill at that point leaves: one execution gives what is left of a kill at each of its points.

A point is every moment in which something on the disk is about to change: a file is opened for writing, is half written,
is written and not yet synced, renamed, linked, removed, made private; a folder is made or removed; a program is started.
Points are counted in the main thread only, where nothing depends on time.

One process imports everything and forks for each execution, which therefore costs milliseconds to start:
``python -m tests.attacks.saboteur`` reads one JSON object a line and answers with one.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Literal

import celery.apps.worker
import celery.bin.worker
import celery.concurrency.solo
import psutil

from simple_deploy import __main__ as command_line
from simple_deploy.inspection.locate import locate
from simple_deploy.jobs import dispatch, folder, worker
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.service import Service, remember
from simple_deploy.system import daemons, files, process
from tests.attacks import replay

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "os.truncate", "os.symlink"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Sabotage:
    """Counts the points of this process and strikes at one of them.

    :param at: number of the point, from 1; 0 means never.
    :param fault: errno to raise there; 0 means that the process dies.
    :param copies: folder that gets a copy of *world*, named by its number, at each point at which it is another than
        at the one before.
    :param report: descriptor that gets the name of each point.
    :param everywhere: count the points of all threads.
    """

    def __init__(
        self,
        folders: tuple[str, ...],
        report: int,
        *,
        at: int = 0,
        fault: int = 0,
        world: Path | None = None,
        copies: Path | None = None,
        everywhere: bool = False,
    ) -> None:
        self._everywhere = everywhere
        self._folders = folders
        self._at = at
        self._fault = fault
        self._world = world
        self._copies = copies
        self._report = report
        self._count = 0
        self._inside = False
        self._copied: object = None

    def install(self) -> None:
        sys.addaudithook(self._audit)
        files.write_durably = self._write_durably
        files.append = self._append

    def point(self, name: str, *, busy: bool = False) -> None:
        """:param busy: a program may be at work beside this process."""
        if self._inside or not (self._everywhere or threading.current_thread() is threading.main_thread()):
            return
        self._inside = True
        self._count += 1
        os.write(self._report, name.encode() + b"\n")
        if self._copies is not None and self._world is not None:
            with _still() if busy else contextlib.nullcontext():
                self._copy(self._world, self._copies / str(self._count))
        self._inside = False
        if self._count == self._at:
            if self._fault:
                raise OSError(self._fault, os.strerror(self._fault))
            os.kill(os.getpid(), signal.SIGKILL)

    def _copy(self, world: Path, target: Path) -> None:
        seen = _signature(world)
        if seen != self._copied:
            self._copied = seen
            shutil.copytree(world, target, symlinks=True)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING and self._is_ours(path):
                self.point(f"open {_short(path)}")
        elif event in _CHANGES and self._is_ours(arguments[0]):
            self.point(f"{event.removeprefix('os.')} {_short(arguments[0])}")
        elif event == "subprocess.Popen":
            self.point("start " + " ".join(Path(word).name for word in list(arguments[1])[:2]))

    def _is_ours(self, path: object) -> bool:
        try:
            return os.path.abspath(os.fsdecode(path)).startswith(self._folders)  # type: ignore[arg-type]  # noqa: PTH100
        except (TypeError, ValueError):
            return False

    def _write_durably(self, path: Path, data: bytes, *, mode: int = 0o600) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            half = len(data) // 2
            file.write(data[:half])
            self.point(f"half of {_short(path)}")
            file.write(data[half:])
            self.point(f"sync {_short(path)}")
            os.fsync(file.fileno())
        path.chmod(mode)

    def _append(self, file: FileIO, data: bytes) -> None:
        end = file.seek(0, os.SEEK_END)
        half = len(data) // 2
        try:
            file.write(data[:half])
            self.point(f"half a line of {_short(Path(f'/proc/self/fd/{file.fileno()}').readlink())}", busy=True)
            file.write(data[half:])
        except OSError:
            file.truncate(end)
            raise


@contextlib.contextmanager
def _still() -> Iterator[None]:
    """Let the programs that this process has started stand still meanwhile."""
    programs = psutil.Process().children(recursive=True)
    for each in programs:
        with contextlib.suppress(psutil.Error):
            each.suspend()
    yield
    for each in programs:
        with contextlib.suppress(psutil.Error):
            each.resume()


def _signature(folder: Path) -> list[tuple[str, int, int, int, int]]:
    """Differs when anything below *folder* was changed, but for signs of life."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.name != "heartbeat":
            known = path.lstat()
            changed = 0 if path.is_dir() else known.st_mtime_ns
            found.append((str(path), known.st_ino, known.st_size, changed, known.st_mode))
    return found


def _short(path: Any) -> str:
    """A path without what differs from run to run."""
    parts = Path(os.fsdecode(path)).parts
    inside = parts[parts.index(".simple_deploy") + 1 :] if ".simple_deploy" in parts else parts[-2:]
    return "/".join("*" if _differs(part) else part for part in inside)


def _differs(name: str) -> bool:
    return name.startswith(".inspection-") or (len(name) > 8 and any(char.isdigit() for char in name))


#: What is done: a run executed as the worker's child does, or made first, as the command does; made, and a worker
#: asked to execute it, as the page does; or one method of the service called.
Deed = Literal["execute", "dispatch", "call"]


def do(project: Path, run_id: str, create: Create | None, deed: Deed) -> int:
    service = Service(locate(start=project, manage_py=None, settings_module=None, runner=process.run))
    if deed == "call" and create is not None:
        method, arguments = create
        getattr(service, method)(*arguments)
        return 0
    if deed == "dispatch" and create is not None:
        _dispatch(service, create_run(service, create))
        return 0
    if create is not None:
        run_id = create_run(service, create, "terminal").id
    return 0 if service.execute(run_id, use_defaults=True).error is None else 1


def _start_worker(project: Path, env: Mapping[str, str], at: int) -> int:
    """Start a worker, as ``worker.start`` does; it is there at once, since all that it imports is here already.

    :param at: number of the point, in any of its threads, at which it dies; 0 means never. The names of its points are
        lines of the file ``points`` beside the project then.
    """
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:  # so that the worker is nobody's child
        child = os.fork()
        if child:
            os.write(writing, str(child).encode())
            os._exit(0)
        os.close(reading)
        os.close(writing)
        os.setsid()
        os.environ.clear()
        os.environ.update(env)
        os.chdir(project)
        silent = os.open(os.devnull, os.O_RDWR)
        log = os.open(project / ".simple_deploy" / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for source, target in ((silent, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        if at:
            report = os.open(project.with_name("points"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            Sabotage((str(project),), report, at=at, everywhere=True).install()
        code = 70
        with contextlib.suppress(BaseException):
            code = command_line.main(["worker"])
        os._exit(code)
    os.close(writing)
    os.waitpid(between, 0)
    with os.fdopen(reading, "rb") as told:
        return int(told.read())


def _dispatch(service: Service, run: Run) -> None:
    """What the page does with a new run, one thing after the other; but nobody is started who would do the rest."""
    worker._detach = lambda argv, service, log: daemons.this_process()  # type: ignore[assignment]
    remember(service)
    service.store.note_dispatch(run.id)
    worker.start(service, run.id)
    dispatch.ring(service, run.id)
    worker.start_directly(service, run.id)


#: The name of a method of the service that makes a run, and its arguments.
Create = tuple[str, list[Any]]


def create_run(service: Service, create: Create, started_by: str = "page") -> Run:
    """Make a run. In the place of a preview's digest stands what the plan has now."""
    method, arguments = create
    if method == "create_apply":
        plan_run, kind = arguments
        rendered = service.plan_of(plan_run)
        assert rendered is not None
        arguments = [plan_run, rendered.digest, RunKind(kind)]
    made = getattr(service, method)(*arguments, started_by=started_by)
    assert isinstance(made, Run)
    return made


def main() -> None:
    """Serve one request after the other."""
    replay.install()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked.get("deed") == "work":
            print(json.dumps({"pid": _start_worker(Path(asked["project"]), asked["env"], asked["at"])}), flush=True)
            continue
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            os.setsid()
            os.environ.update(asked["env"])
            os.chdir(asked["project"])
            copies = Path(asked["copies"]) if asked["copies"] else None
            world = Path(asked["project"]).parent
            sabotage = Sabotage(
                tuple(asked["folders"]), writing, at=asked["at"], fault=asked["fault"], world=world, copies=copies
            )
            sabotage.install()
            code = 70
            with contextlib.suppress(BaseException):
                code = do(Path(asked["project"]), asked["run"], asked["create"], asked["deed"])
            os._exit(code)
        os.close(writing)
        with os.fdopen(reading, "rb") as report:
            points = report.read().decode().splitlines()
        _, status = os.waitpid(child, 0)
        print(json.dumps({"points": points, "code": os.waitstatus_to_exitcode(status)}), flush=True)


@dataclass(frozen=True)
class Struck:
    """What came of it. :param code: exit code; -9 when it was killed. :param points: those that were reached."""

    code: int
    points: list[str]


class Saboteur:
    """Talks to the process that executes."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child

    def execute(
        self,
        project: Path,
        run_id: str,
        *,
        env: Mapping[str, str],
        create: Create | None = None,
        at: int = 0,
        fault: int = 0,
        copies: Path | None = None,
        deed: Deed = "execute",
    ) -> Struck:
        """Execute the run, or do something else about it; see :class:`Sabotage`.

        :param create: makes the run, in the same process; *run_id* counts for nothing then.
        """
        asked = {
            "project": str(project),
            "run": run_id,
            "create": create,
            "deed": deed,
            "env": dict(env),
            "at": at,
            "fault": fault,
            "copies": str(copies) if copies else "",
            "folders": [str(project), env["SIMPLE_DEPLOY_DATA_DIR"]],
        }
        told = self._asked(asked)
        return Struck(told["code"], told["points"])

    def start_worker(self, project: Path, env: Mapping[str, str], *, at: int = 0) -> int:
        """Start a worker for *project*; returns its process id. See :func:`_start_worker`."""
        return int(self._asked({"deed": "work", "project": str(project), "env": dict(env), "at": at})["pid"])

    def _asked(self, words: Mapping[str, object]) -> dict[str, Any]:
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(json.dumps(words) + "\n")
        self._child.stdin.flush()
        told = json.loads(self._child.stdout.readline())
        assert isinstance(told, dict)
        return told


@contextlib.contextmanager
def saboteur(env: Mapping[str, str]) -> Iterator[Saboteur]:
    root = str(Path(__file__).resolve().parents[2])
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.attacks.saboteur"],
        cwd=root,
        env={**env, "PYTHONPATH": os.pathsep.join((root, env["PYTHONPATH"]))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **process.own_group(),
    )
    try:
        yield Saboteur(child)
    finally:
        process.kill_tree(child.pid)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()
        child.wait()


#: Imported for what is forked.
__all__ = ["Saboteur", "celery", "folder", "saboteur"]

if __name__ == "__main__":
    main()
