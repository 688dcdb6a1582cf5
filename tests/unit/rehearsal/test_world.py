"""A world's state, its processes and its programs."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from simple_deploy.core.errors import StepError
from simple_deploy.rehearsal import World, world
from simple_deploy.system import files, process
from tests.support.waiting import waited


@pytest.fixture
def pond(tmp_path: Path) -> World:
    return World(tmp_path / "pond")


def test_what_is_changed_is_kept(pond: World) -> None:
    with pond.change() as state:
        state["apps"] = {"notes": {"secrets": {}}}

    assert World(pond.folder).read()["apps"] == {"notes": {"secrets": {}}}


def test_what_a_process_leaves_is_removed_when_it_is_stopped(pond: World, tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.write_text("", encoding="utf-8")
    remove = (sys.executable, "-c", f"import pathlib; pathlib.Path({str(left)!r}).unlink()")
    pond.start("site", (sys.executable, "-c", "input()"), cwd=tmp_path, env={}, afterwards=remove)

    pond.stop_all()

    assert not left.exists()
    assert pond.read()["processes"] == {}


def test_a_change_that_fails_changes_nothing(pond: World) -> None:
    with pytest.raises(LookupError), pond.change() as state:
        state["apps"] = {}
        raise LookupError

    assert pond.read() == {}


def test_changes_of_several_programs_at_once_are_all_kept(pond: World) -> None:
    def count() -> None:
        for _ in range(20):
            with pond.change() as state:
                state["count"] = state.get("count", 0) + 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert pond.read()["count"] == 80


def test_a_process_is_replaced_and_ended_with_all_it_started(pond: World) -> None:
    sleep = (sys.executable, "-c", "import time; time.sleep(600)")
    pond.place()
    first = pond.start("site", sleep, cwd=pond.folder, env={})
    second = pond.start("site", sleep, cwd=pond.folder, env={})

    assert not process.is_alive(first)
    assert process.is_alive(second) and pond.is_running("site")
    pond.stop_all()
    assert not process.is_alive(second) and not pond.is_running("site")


def test_a_world_that_is_removed_leaves_nothing_wherever_it_was(pond: World) -> None:
    pond.start("site", (sys.executable, "-c", "input()"), cwd=pond.place(), env={})
    folders = [pond.folder, pond.outside(), pond.socket_path("site.sock").parent]
    assert all(folder.is_dir() for folder in folders)
    if hasattr(socket, "AF_UNIX"):
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(pond.socket_path("site.sock")))

    pond.remove()

    assert not any(folder.exists() for folder in folders)


def test_a_site_gets_the_variables_it_is_given_and_none_of_the_developers(
    pond: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "of the developer")
    pond.place()
    pond.start(
        "site",
        (sys.executable, "-c", "import os; print(os.environ.get('DATABASE_URL'), os.environ['SECRET_KEY'])"),
        cwd=pond.folder,
        env={"SECRET_KEY": "made-up"},
    )
    waited(lambda: not pond.is_running("site"))
    assert pond.log("site").read_text(encoding="utf-8").split() == ["None", "made-up"]


STARTS = """
import subprocess, sys
waits = "import socket; socket.create_server(('127.0.0.1', 0)).accept()"
quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
started = subprocess.Popen([sys.executable, "-c", waits], **quiet)
with open(sys.argv[1], "w") as note:
    note.write(f"{started.pid}\\n/data\\n")
"""


def test_a_program_that_starts_a_process_and_goes_is_known_by_that_process(pond: World) -> None:
    note = pond.place() / "server.pid"

    pid = pond.start("server", (sys.executable, "-c", STARTS, str(note)), cwd=pond.folder, env={}, pid_file=note)

    assert pond.is_running("server")
    assert note.read_text(encoding="ascii").split()[0] == str(pid)
    pond.stop("server")
    assert not process.is_alive(pid)


def test_a_program_runs_its_module(pond: World) -> None:
    world.install_program(pond, "pond", "platform")

    done = subprocess.run([pond.programs / "pond"], capture_output=True, text=True, check=True)
    assert done.stdout.strip()
    if sys.platform != "win32":
        assert files.permissions(pond.folder) == 0o700


def test_outside_a_rehearsal_a_simulated_program_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(world.VARIABLE, raising=False)

    with pytest.raises(StepError, match="simulates a platform"):
        World.from_environment()
