"""What a killed process leaves in the state folder is gone after the next run; what a living one makes stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simple_deploy.runs import recovery
from simple_deploy.runs.lock import ProjectLock, this_process
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.store import FileRunStore, new_run_id
from simple_deploy.system import files, leftovers
from tests.attacks.claims import proves
from tests.support.checkout import CHECKOUT

#: Takes, with its first argument as the state folder, the step that its second one names, and is killed in the middle.
KILLED = """
import os, signal, sys
from pathlib import Path
from simple_deploy.system import files
from simple_deploy.runs.lock import ProjectLock, this_process
root, what, at = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.addaudithook(lambda event, arguments: event == at and str(root) in str(arguments[0]) and os.kill(os.getpid(), signal.SIGKILL))
if what == "lock":
    ProjectLock(root).acquire(this_process("20260101-120000-000-abcdef"))
elif what == "new":
    files._rename_at_once = lambda *_: False
    files.write_new(root / "claim", b"mine")
else:
    files.write_atomic(root / what, b"whole")
"""


@pytest.fixture
def store(tmp_path: Path) -> FileRunStore:
    store = FileRunStore(tmp_path / "state")
    store.create(Run(id=new_run_id(time.time()), kind=RunKind.PLAN, created=time.time()))
    store.cache.joinpath("kept").touch()
    return store


def names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


@proves(
    "A process is killed while it writes a file of the state folder, claims a run, or takes the lock",
    "What it left is gone after the next run; what a living process is making stays",
    closes=(10,),
)
@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot kill itself at a point there")
@pytest.mark.parametrize(
    ("what", "at"),
    [
        ("format", "os.rename"),
        ("cache/trial", "os.rename"),
        ("new", "os.link"),
        ("lock", "open"),
        ("lock", "os.rename"),
    ],
)
def test_what_a_killed_process_left_is_swept(store: FileRunStore, what: str, at: str) -> None:
    before = names(store.root)
    done = subprocess.run([sys.executable, "-c", KILLED, str(store.root), what, at], cwd=CHECKOUT)
    assert done.returncode == -9
    assert names(store.root) > before
    mine = files.temporary(store.root / "run.json")
    mine.touch()
    lock = ProjectLock(store.root)
    lock.acquire(this_process("20260101-120000-000-fedcba"))
    recovery.sweep(store)
    lock.release("20260101-120000-000-fedcba")
    assert names(store.root) == {*before, mine.name}


def test_what_somebody_elsewhere_makes_is_swept_when_it_is_old(store: FileRunStore) -> None:
    elsewhere = store.root / f".run.json.{os.getpid()}-abcdef-01234567.tmp"
    elsewhere.touch()
    recovery.sweep(store)
    assert elsewhere.exists()
    for age in (leftovers.OLD + 1, -leftovers.OLD - 1):  # the latter: the clock was set back
        elsewhere.touch()
        os.utime(elsewhere, (time.time() - age, time.time() - age))
        recovery.sweep(store)
        assert not elsewhere.exists()
