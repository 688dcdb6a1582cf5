"""What a rehearsal has started ends with it, by real processes: whoever works on it fails, stops, or is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simple_deploy.rehearsal import World, world
from simple_deploy.system import files, process
from tests.support.waiting import waited

#: Of this process only: what carries the name of a run ends with it, in whatever test.
RUN, OTHER = f"20261129-{os.getpid()}-1", f"20261129-{os.getpid()}-2"
SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
#: What a run does: a program of its own starts a site, then the run works on.
WORK = f"""
import os, pathlib, subprocess, sys, time
from simple_deploy.system import process
from simple_deploy.rehearsal import World, world

folder = pathlib.Path(sys.argv[1])
at_work = f"{{os.getpid()}} {{process.started_at(os.getpid())}}"
env = {{**os.environ, process.RUN: {RUN!r}, world.AT_WORK: at_work}}
program = '''
import pathlib, sys, time
from simple_deploy.rehearsal import World
World(pathlib.Path(sys.argv[1])).start("site", {SLEEP!r}, cwd=pathlib.Path(sys.argv[1]), env={{"SECRET_KEY": "x"}})
World(pathlib.Path(sys.argv[1])).start("edge", {SLEEP!r}, cwd=pathlib.Path(sys.argv[1]), env={{}}, shared=True)
print("started", flush=True)
time.sleep(600)
'''
subprocess.Popen([sys.executable, "-c", program, str(folder)], env=env).wait()
"""


@pytest.fixture
def pond(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path / "pond")
    found.place()
    yield found
    found.remove()


@pytest.fixture
def working(pond: World) -> Iterator[subprocess.Popen[str]]:
    """The process of a run that works on, one of whose programs has started a site."""
    argv = [sys.executable, "-c", WORK, str(pond.folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "started\n"
        yield started
        process.kill_tree(started.pid)


def running(pond: World) -> list[int]:
    """Everything that this world has started, whatever it knows of it."""
    found = []
    for each in psutil.process_iter():
        try:
            if each.pid != os.getpid() and each.environ().get(world.VARIABLE) == str(pond.folder):
                found.append(each.pid)
        except (psutil.Error, OSError):
            continue
    return found


def test_when_the_process_of_a_run_is_killed_everything_it_started_ends(
    pond: World, working: subprocess.Popen[str]
) -> None:
    assert pond.is_running("site") and pond.is_running("edge")

    working.kill()
    working.wait()

    waited(lambda: not running(pond))
    assert not pond.is_running("site") and not pond.is_running("edge")


def test_when_the_whole_rehearsal_is_deleted_its_processes_end(pond: World, working: subprocess.Popen[str]) -> None:
    assert running(pond)

    files.remove_tree(pond.folder)

    waited(lambda: not running(pond))


def start(pond: World, name: str, run: str, monkeypatch: pytest.MonkeyPatch, *, shared: bool = False) -> None:
    monkeypatch.setenv(process.RUN, run)
    monkeypatch.setenv(world.AT_WORK, f"{os.getpid()} {process.started_at(os.getpid())}")
    pond.start(name, SLEEP, cwd=pond.folder, env={}, shared=shared)


def test_what_a_run_started_that_failed_ends_and_so_does_what_nothing_needs_any_more(
    pond: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(pond, "site", RUN, monkeypatch)
    start(pond, "edge", RUN, monkeypatch, shared=True)
    (keeper,) = pond.read()["keepers"].values()

    pond.settle(RUN, keep=False)

    assert not pond.is_running("site") and not pond.is_running("edge")
    assert not process.is_alive(keeper["pid"], keeper["started"])
    assert running(pond) == []


def test_what_served_before_goes_on_with_what_it_needs(pond: World, monkeypatch: pytest.MonkeyPatch) -> None:
    start(pond, "site", RUN, monkeypatch)
    pond.settle(RUN, keep=True)
    start(pond, "edge", OTHER, monkeypatch, shared=True)
    start(pond, "second", OTHER, monkeypatch)

    pond.settle(OTHER, keep=False)

    assert pond.is_running("site") and pond.is_running("edge")
    assert not pond.is_running("second")


def test_what_takes_the_place_of_a_site_that_served_goes_on_too(pond: World, monkeypatch: pytest.MonkeyPatch) -> None:
    start(pond, "site", RUN, monkeypatch)
    pond.settle(RUN, keep=True)
    pond.stop("site")
    start(pond, "site", OTHER, monkeypatch)
    assert RUN not in pond.read()["keepers"], "nobody ends it with a run that is over"

    pond.settle(OTHER, keep=False)

    assert pond.is_running("site")


def test_what_ended_with_a_run_is_there_again_for_the_one_that_goes_on_with_it(
    pond: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(pond, "site", RUN, monkeypatch)
    pond.settle(RUN, keep=False)

    pond.resume(RUN, by=OTHER)
    assert pond.is_running("site")
    pond.settle(OTHER, keep=True)

    assert pond.is_running("site")
