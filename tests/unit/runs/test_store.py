"""The state folder: private, ignored, readable after a crash, and honest about what it cannot read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simple_deploy.core.errors import NoSuchRun, RunInProgress, StateUnusable
from simple_deploy.core.secret import Secret
from simple_deploy.runs.lock import Holder, ProjectLock
from simple_deploy.runs.model import Run, RunKind, RunState, may_become
from simple_deploy.runs.store import FileRunStore, Target, is_run_id, new_run_id
from simple_deploy.system import daemons, process
from tests.support.repository import git, repository
from tests.support.systems import is_private, needs_modes


@pytest.fixture
def store(tmp_path: Path) -> FileRunStore:
    return FileRunStore(tmp_path / ".simple_deploy")


def new(store: FileRunStore, **fields: object) -> Run:
    return store.create(Run(id=new_run_id(1_800_000_000.0), kind=RunKind.PLAN, **fields))  # type: ignore[arg-type]


@needs_modes
def test_everything_is_private_whatever_the_umask(store: FileRunStore) -> None:
    old = os.umask(0)
    try:
        run = new(store)
        store.put_answer(run.id, "q", {"a": Secret("b")})
        store.save_text(run.id, "summary.md", "x")
        store.beat(run.id)
    finally:
        os.umask(old)
    for path in [store.root, *store.root.rglob("*")]:
        assert is_private(path), path


def test_a_run_that_an_earlier_version_called_a_mend_is_a_fix(store: FileRunStore) -> None:
    run = new(store)
    stored = store.folder(run.id) / "run.json"
    stored.write_text(stored.read_text(encoding="utf-8").replace('"plan"', '"mend"'), encoding="utf-8")
    assert store.get(run.id).kind is RunKind.FIX


@pytest.mark.parametrize("allowed", [True, False])
def test_what_an_earlier_version_called_unclean_is_dirty(store: FileRunStore, allowed: bool) -> None:
    run = store.update(new(store).id, allow_dirty=allowed)
    stored = store.folder(run.id) / "run.json"
    stored.write_text(stored.read_text(encoding="utf-8").replace("allow_dirty", "allow_unclean"), encoding="utf-8")
    assert store.get(run.id) == run


def test_git_does_not_see_the_folder(tmp_path: Path) -> None:
    project = repository(tmp_path / "p", {"manage.py": ""})
    new(FileRunStore(project / ".simple_deploy"))
    assert git(project, "status", "--porcelain", "--ignored") == "!! .simple_deploy/"


@pytest.mark.parametrize(
    "text", ["", "..", "../../etc", "20261121-000000-000-abcde/", "x" * 24, "20261121-000000-000-ABCDEF"]
)
def test_what_is_no_run_id_is_no_path(store: FileRunStore, text: str) -> None:
    store.prepare()
    assert not is_run_id(text)
    with pytest.raises(NoSuchRun):
        store.folder(text)


def test_a_folder_that_was_moved_away_with_the_project_is_said_to_be_and_not_made_again(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    store = FileRunStore(project / ".simple_deploy")
    run = new(store)
    project.rename(tmp_path / "elsewhere")
    target = Target(platform="pond", answers={})
    for ask in (lambda: store.folder(run.id), lambda: store.cache, lambda: store.save_target(target)):
        with pytest.raises(StateUnusable, match="moved, renamed, or deleted"):
            ask()
    assert not project.exists()


def test_runs_are_listed_newest_first_and_a_damaged_one_hides_no_other(store: FileRunStore) -> None:
    ids = [new_run_id(1_800_000_000.0 + second) for second in range(3)]
    for run_id in ids:
        store.create(Run(id=run_id, kind=RunKind.PLAN, state=RunState.SUCCEEDED))
    (store.root / "runs" / ids[1] / "run.json").write_text("{", encoding="utf-8")
    assert [run.id for run in store.list()] == [ids[2], ids[0]]
    with pytest.raises(StateUnusable, match=ids[1]):
        store.get(ids[1])


def test_a_run_that_is_over_is_listed_as_its_file_says_now(store: FileRunStore) -> None:
    run = store.create(Run(id=new_run_id(1_800_000_000.0), kind=RunKind.CONFIGURE, state=RunState.SUCCEEDED))
    assert store.list() == store.list() == (run,)
    undone = FileRunStore(store.root).update(run.id, state=RunState.UNDONE)  # by another process
    assert store.list() == (undone,)
    file = store.folder(run.id) / "run.json"
    whole = file.read_bytes()
    file.write_text("{", encoding="utf-8")
    assert store.list() == ()
    file.write_bytes(whole)
    assert store.list() == (undone,)
    shutil.rmtree(file.parent)
    assert store.list() == ()


@pytest.mark.parametrize("text", ["", "one", "9" * 5000])
def test_a_damaged_number_of_the_format_is_not_taken_for_a_newer_one(store: FileRunStore, text: str) -> None:
    store.prepare()
    (store.root / "format").write_text(text, encoding="utf-8")
    with pytest.raises(StateUnusable, match="is damaged") as raised:
        store.prepare()
    assert "Delete it" in raised.value.hint


def test_a_folder_of_a_newer_version_is_refused_clearly(store: FileRunStore) -> None:
    store.prepare()
    (store.root / "format").write_text("99\n", encoding="utf-8")
    with pytest.raises(StateUnusable, match="newer version"):
        store.prepare()


def test_one_process_claims_a_run(store: FileRunStore) -> None:
    run = new(store)
    assert store.claim(run.id)
    assert not store.claim(run.id)


def test_secrets_are_kept_apart_and_forgotten(store: FileRunStore) -> None:
    run = store.create(Run(id=new_run_id(1.0), kind=RunKind.DEPLOY), {"database_url": Secret("postgres://u:p@h/d")})
    assert store.secrets(run.id) == {"database_url": Secret("postgres://u:p@h/d")}
    assert "u:p" not in (store.folder(run.id) / "run.json").read_text(encoding="utf-8")
    store.forget_secrets(run.id)
    assert not any("u:p" in path.read_text(encoding="utf-8") for path in store.root.rglob("*") if path.is_file())


def test_an_answer_is_taken_once_and_not_kept(store: FileRunStore) -> None:
    run = new(store)
    assert store.put_answer(run.id, "admin", {"password": Secret("hunter2-hunter2")})
    assert not store.put_answer(run.id, "admin", {"password": Secret("other")})
    assert store.take_answer(run.id, "admin") == {"password": "hunter2-hunter2"}
    assert not any("hunter2" in path.read_text(encoding="utf-8") for path in store.root.rglob("*") if path.is_file())


def test_targets_remember_answers(store: FileRunStore) -> None:
    store.prepare()
    target = Target(platform="local", answers={"port": "8123", "copy": True}, url="http://127.0.0.1:8123/")
    store.save_target(target)
    assert store.target("local") == target
    assert store.target("../../etc/passwd") is None


def holder(run: str, pid: int) -> Holder:
    return Holder(run=run, pid=pid, started=process.started_at(pid) or 0.0, host=daemons.here(), since=0.0)


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    lock = ProjectLock(tmp_path)
    lock.acquire(holder("one", os.getpid()))
    with pytest.raises(RunInProgress, match="one") as caught:
        ProjectLock(tmp_path).acquire(holder("two", os.getpid()))
    assert caught.value.run_id == "one"
    lock.release("two")
    assert lock.holder() is not None
    lock.release("one")
    ProjectLock(tmp_path).acquire(holder("two", os.getpid()))


def test_the_lock_of_a_process_that_is_gone_is_taken_over(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    left = holder("crashed", gone.pid)
    gone.wait()
    ProjectLock(tmp_path).acquire(left)
    ProjectLock(tmp_path).acquire(holder("next", os.getpid()))
    found = ProjectLock(tmp_path).holder()
    assert found is not None and found.run == "next"
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_an_ended_run_never_comes_back_to_life() -> None:
    for state in RunState:
        if state.is_final:
            assert not any(may_become(state, later) for later in RunState if not later.is_final)
