"""The world around a run: damaged state, clocks, sleep, full and locked disks, edits and reloads in the middle of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.events import Event, Output, RunFinished, StepStarted
from simple_deploy.inspection.locate import locate
from simple_deploy.jobs import worker
from simple_deploy.jobs.dispatch import dispatch, revive
from simple_deploy.runs.lock import this_process
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service, remember
from simple_deploy.runs.store import new_run_id
from simple_deploy.system import process
from tests.attacks.claims import proves
from tests.attacks.conftest import enter, program, require_root
from tests.attacks.door import HOME
from tests.attacks.test_load import going
from tests.project.jobs.test_background import at_work, deploying, finished
from tests.support.project import child_environment, copy_project, manage
from tests.support.repository import fingerprint, git
from tests.support.waiting import PATIENCE, waited
from tests.web.conftest import Browser, Shop, serve, shop
from tests.web.servers import serving
from tests.web.test_stream import shown

__all__ = ["shop"]

DAMAGE = {
    "empty": b"",
    "half": b'{"id": "x", "kind',
    "other": b"[1, 2]",
    "bytes": bytes(range(256)),
    "older": b"{}",
    "newer": b'{"made_by": 99}',
}


@pytest.fixture
def browser(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(serve(project, env, monkeypatch))


def over(service: Service, kind: RunKind = RunKind.PLAN) -> Run:
    return service.store.create(Run(id=new_run_id(time.time()), kind=kind, platform="toy", state=RunState.SUCCEEDED))


@pytest.mark.slow
@proves(
    "Each file of the state folder is empty, half written, of an older or newer version, or not text at all",
    "Every page still answers, and every command says what is wrong and what to do; never a traceback",
)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_state(damage: str, browser: Browser, shop: Shop) -> None:
    service = browser.service
    shutil.copytree(shop.browser.service.store.root, service.store.root, dirs_exist_ok=True)
    files = [
        path
        for path in service.store.root.rglob("*")
        if path.is_file() and not {"tree", "backup", "cache"} & set(path.parts)
    ]
    pages = ["", "?inspect=1", "lately/", "runs/", "platforms/toy/", "platforms/toy/destroy/"]
    for run in service.runs():
        pages += [
            f"runs/{run.id}/{part}" for part in ("", "summary/", "summary.md", "log.txt", "undo/", "lines/?before=99")
        ]
    assert len(files) > 15
    for path in files:
        if path.name in {".gitignore", "token"}:
            continue
        whole = path.read_bytes()
        path.write_bytes(DAMAGE[damage])
        for page in pages if path.name != "format" else pages[:1]:
            answer = browser.get(page)
            assert answer.status_code in {200, 303, 404, 409}, (path.name, page, browser.told)
            answer.close()
        for look in (
            service.runs,
            service.active,
            lambda: service.known_resources("toy"),
            lambda: service.create_undo(),
        ):
            try:
                made = look()
            except SimpleDeployError as error:
                assert error.message and error.hint, path.name
            else:
                if isinstance(made, Run):
                    shutil.rmtree(service.store.folder(made.id))
        path.write_bytes(whole)
    assert not browser.told


@proves(
    "A folder of the state is gone, or there is a file in its place", "A clear message, or the folder is made again"
)
@pytest.mark.parametrize("name", ["runs", "targets", "cache", "lock", "creating", "."])
def test_vanished_state(name: str, browser: Browser) -> None:
    service = browser.service
    over(service)
    root = service.store.root
    shutil.rmtree(root / name, ignore_errors=True)
    assert browser.get("runs/").status_code == 200
    assert service.create_plan("toy", {}).state is RunState.QUEUED
    shutil.rmtree(root / name, ignore_errors=True)
    (root / name if name != "." else root).write_text("a file")
    for act in (service.runs, lambda: service.create_plan("toy", {})):
        try:
            act()
        except SimpleDeployError as error:
            assert error.message and error.hint
    browser.get("")
    assert not [line for line in browser.told if "Traceback" in line]


@proves(
    "The clock is set back by a day, or forward, while a run works and after it ended",
    "A living run is not called dead, and a dead one is; newer runs come first; times never end a run",
)
def test_clock_set_back(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    service = browser.service
    run = going(service.store.root)
    (alive,) = service.runs()
    now, booted = time.time(), psutil.boot_time()
    for shift in (-86_400, 86_400, 0):
        monkeypatch.setattr(time, "time", lambda shift=shift: now + shift)
        if sys.platform == "linux":  # by the clock the computer was started at another time, and so was every process
            monkeypatch.setattr("psutil._pslinux.boot_time", lambda shift=shift: booted + shift)
        assert service.run(alive.id).state is RunState.RUNNING
        assert browser.get(f"runs/{alive.id}/").status_code == 200
    run.end()
    service.store.update(alive.id, state=RunState.RUNNING, pid=2**22 + 1)
    monkeypatch.setattr(time, "time", lambda: now - 86_400)
    assert service.run(alive.id).state is RunState.INTERRUPTED
    assert over(service).state is RunState.SUCCEEDED


@proves(
    "A run ends, and its process is gone, at the moment when somebody checks whether that process is alive",
    "The run is shown as it ended",
)
def test_a_run_that_ends_while_somebody_looks(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    service = browser.service
    run = going(service.store.root)
    (mine,) = service.runs()

    def ends(pid: int, started: float | None = None) -> bool:
        run.end()
        return False

    monkeypatch.setattr(process, "is_alive", ends)
    assert service.run(mine.id).state is RunState.SUCCEEDED
    assert not service.store.is_to_stop(mine.id)


@proves(
    "A run of another computer that shares the folder falls silent; its heartbeat is in the past or, by its "
    "clock, in the future",
    "Interrupted after 15 seconds; it is told to stop, in case it was only asleep",
)
def test_a_silent_run_of_another_computer(browser: Browser) -> None:
    service = browser.service
    run = going(service.store.root)
    (mine,) = service.runs()
    run.writer.close()
    service.store.update(mine.id, host="elsewhere")
    service.store.beat(mine.id)
    beat = service.store.folder(mine.id) / "heartbeat"
    assert service.run(mine.id).state is RunState.RUNNING
    os.utime(beat, (time.time() - 16, time.time() - 16))
    assert service.run(mine.id).state is RunState.INTERRUPTED
    assert service.store.is_to_stop(mine.id)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="containers of Linux")
@proves(
    "A run is looked at from a container that has the name of its computer, and sees other processes",
    "It goes on: nobody there can know its process, so its signs of life count",
)
def test_a_run_that_is_looked_at_from_a_container(browser: Browser, project: Path, env: dict[str, str]) -> None:
    require_root("a container")
    service = browser.service
    remember(service)
    run = going(service.store.root)
    (mine,) = service.runs()
    look = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-m", "simple_deploy", "list"]
    for age, state in ((0, "running"), (16, "interrupted")):
        beat = service.store.folder(mine.id) / "heartbeat"
        beat.touch()
        os.utime(beat, (time.time() - age, time.time() - age))
        told = subprocess.run(look, cwd=project, env=env, capture_output=True, encoding="utf-8", timeout=PATIENCE)
        assert told.returncode == 0 and state in told.stdout, (told.stdout, told.stderr)
    run.writer.close()


@pytest.mark.slow
@proves(
    "A run of another computer is taken for dead while it sleeps, and wakes up",
    "It stops, and says that it was taken for dead; nobody reads that somebody cancelled it",
)
def test_a_run_that_wakes_up_after_it_was_taken_for_dead(browser: Browser) -> None:
    service = browser.service
    plan, digest = planned(service)
    run = service.create_apply(plan.id, digest, RunKind.CONFIGURE)
    before = fingerprint(service.location.root)

    def sleep(event: Event) -> None:
        if isinstance(event.payload, StepStarted) and not service.store.is_to_stop(run.id):
            service.store.update(run.id, host="elsewhere")
            os.utime(service.store.folder(run.id) / "heartbeat", (time.time() - 16, time.time() - 16))
            assert service.run(run.id).state is RunState.INTERRUPTED

    woken = service.execute(run.id, nobody=True, listeners=[sleep])
    assert woken.state is RunState.INTERRUPTED and woken.error is not None
    assert "considered dead" in woken.error.message and "as it was" in woken.error.hint
    assert service.run(run.id) == woken
    assert fingerprint(service.location.root) == before


@proves("A process dies after it has taken a run and before it begins it", "The run is interrupted, not queued forever")
def test_a_run_that_was_taken_and_never_begun(browser: Browser) -> None:
    service = browser.service
    run = service.create_plan("toy", {})
    script = "import sys, pathlib; from simple_deploy.runs.store import FileRunStore; assert FileRunStore(pathlib.Path(sys.argv[1])).claim(sys.argv[2])"
    subprocess.run(
        [sys.executable, "-c", script, str(service.store.root), run.id], check=True, cwd=Path(__file__).parents[2]
    )
    assert service.run(run.id).state is RunState.INTERRUPTED
    assert service.active() is None
    assert this_process("x").pid == os.getpid()


def planned(service: Service) -> tuple[Run, str]:
    plan = service.execute(service.create_plan("toy", {"app_name": "shop"}).id)
    assert plan.state is RunState.SUCCEEDED, plan.error
    rendered = service.plan_of(plan.id)
    assert rendered is not None
    return plan, rendered.digest


@pytest.mark.slow
@proves(
    "The owner edits settings.py while a deployment runs, and while a plan waits for approval",
    "Noticed: the run fails and names the file; not a byte of the edit is overwritten, nothing else is changed; "
    "a new plan includes it",
)
def test_settings_edited_during_a_run(browser: Browser) -> None:
    service = browser.service
    settings = service.location.root / "mysite" / "settings.py"
    plan, digest = planned(service)
    edited: list[str] = []

    def edit(event: object) -> None:
        if (
            isinstance(getattr(event, "payload", None), StepStarted)
            and getattr(event, "step", "") == "build"
            and not edited
        ):
            edited.append(settings.read_text() + "\nMINE = 1\n")
            settings.write_text(edited[0])

    run = service.create_apply(plan.id, digest, RunKind.DEPLOY)
    failed = service.execute(run.id, use_defaults=True, listeners=[edit])
    assert failed.state is RunState.FAILED
    assert failed.error is not None and "settings.py" in failed.error.message
    assert settings.read_text() == edited[0]
    assert git(service.location.root, "status", "--porcelain") == "M mysite/settings.py"
    run = service.create_apply(plan.id, digest, RunKind.CONFIGURE)
    again = service.execute(run.id)
    assert again.state in {RunState.FAILED, RunState.BLOCKED}
    assert settings.read_text() == edited[0]


@pytest.mark.slow
@proves(
    "The disk is full: a small file system runs out of space at different moments of a run",
    "The run fails and says that there is no space; the project is as it was; with space again the same action "
    "succeeds",
)
def test_full_disk(browser: Browser, tmp_path: Path) -> None:
    require_root("a small file system")
    service = browser.service
    plan, digest = planned(service)
    before = fingerprint(service.location.root)
    small = tmp_path / "small"
    small.mkdir()
    mount, umount = program("mount"), program("umount")
    subprocess.run([mount, "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(small)], check=True)
    try:
        shutil.copytree(service.store.root, small / "state", symlinks=True)
        elsewhere = Service(service.location, registry=service.registry)
        elsewhere.store.root = small / "state"
        ballast = small / "ballast"
        seen = set()
        for left in (0, 60_000, 140_000, 150_000, 200_000):
            ballast.unlink(missing_ok=True)
            try:
                run = elsewhere.create_apply(plan.id, digest, RunKind.CONFIGURE)
                room = os.statvfs(small)
                ballast.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - left)))
                done = elsewhere.execute(run.id)
            except SimpleDeployError as error:
                seen.add("refused")
                assert error.hint
                ballast.unlink(missing_ok=True)
                for each in elsewhere.runs():
                    elsewhere.cancel(each.id)  # where not even its beginning could be stored
            else:
                seen.add(done.state.value)
                if done.state is RunState.SUCCEEDED:
                    break
                assert done.error is not None and "no space left" in done.error.message, done.error
                ballast.unlink(missing_ok=True)
                assert elsewhere.run(run.id).state in {RunState.FAILED, RunState.INTERRUPTED}
            assert fingerprint(service.location.root) == before
        assert seen - {"succeeded"}
        if "succeeded" not in seen:
            ballast.unlink(missing_ok=True)
            run = elsewhere.create_apply(plan.id, digest, RunKind.CONFIGURE)
            assert elsewhere.execute(run.id).state is RunState.SUCCEEDED
        assert fingerprint(service.location.root) != before
        ballast.unlink(missing_ok=True)
        assert elsewhere.execute(elsewhere.create_undo().id).state is RunState.SUCCEEDED
        assert fingerprint(service.location.root) == before
    finally:
        subprocess.run([umount, "-l", str(small)], check=True)


@pytest.mark.slow
@proves(
    "A file of the project, or its folder, is on a read-only file system",
    "The run fails and says what to make writable; the project is as it was; once that is writable, the same "
    "action succeeds",
)
@pytest.mark.parametrize("locked", ["mysite", "mysite/settings.py"])
def test_read_only_project(locked: str, browser: Browser) -> None:
    require_root("a read-only file system")
    service = browser.service
    plan, digest = planned(service)
    before = fingerprint(service.location.root)
    mount, umount, place = program("mount"), program("umount"), str(service.location.root / locked)
    subprocess.run([mount, "--bind", place, place], check=True)
    subprocess.run([mount, "-o", "remount,ro,bind", place], check=True)
    try:
        run = service.create_apply(plan.id, digest, RunKind.CONFIGURE)
        done = service.execute(run.id)
    finally:
        subprocess.run([umount, "-l", place], check=True)
    assert done.state is RunState.FAILED
    assert done.error is not None and "settings.py" in done.error.message and "as it was" in done.error.hint
    assert fingerprint(service.location.root) == before
    assert service.execute(service.create_apply(plan.id, digest, RunKind.CONFIGURE).id).state is RunState.SUCCEEDED


@pytest.mark.slow
@proves(
    "settings.py is read-only, for everybody",
    "It is changed as approved, and is read-only as before; undo restores every byte and the permissions",
)
def test_read_only_file(browser: Browser) -> None:
    service = browser.service
    settings = service.location.root / "mysite" / "settings.py"
    settings.chmod(0o444)
    plan, digest = planned(service)
    before = fingerprint(service.location.root)
    run = service.create_apply(plan.id, digest, RunKind.CONFIGURE)
    assert service.execute(run.id).state is RunState.SUCCEEDED
    assert fingerprint(service.location.root)["mysite/settings.py"] != before["mysite/settings.py"]
    assert settings.stat().st_mode & 0o777 == 0o444
    assert service.execute(service.create_undo().id).state is RunState.SUCCEEDED
    assert fingerprint(service.location.root) == before
    assert settings.stat().st_mode & 0o777 == 0o444


@pytest.mark.slow
@proves(
    "A folder vanishes while a deployment runs: the run's, the plan's workbench, the whole state, the project's "
    "package",
    "The run ends and says what is missing; what is left of the project is as it was; planning again works",
)
def test_a_folder_that_vanishes_during_a_run(browser: Browser, tmp_path: Path) -> None:
    service = browser.service
    root = service.location.root
    head = git(root, "rev-parse", "HEAD")
    for name in ("run", "workbench", "state", "package"):
        plan, digest = planned(service)
        run = service.create_apply(plan.id, digest, RunKind.DEPLOY)
        place = {
            "run": service.store.folder(run.id),
            "workbench": service.store.tree(plan.id),
            "state": service.store.root,
            "package": root / "mysite",
        }[name]
        aside = tmp_path / name

        def vanish(event: object, place: Path = place, aside: Path = aside) -> None:
            if isinstance(getattr(event, "payload", None), StepStarted) and getattr(event, "step", "") == "build":
                place.rename(aside)

        before = {path: data for path, data in fingerprint(root).items() if not (root / path).is_relative_to(place)}
        ended = service.execute(run.id, use_defaults=True, listeners=[vanish])
        assert ended.state is RunState.FAILED, (name, ended)
        assert ended.error is not None and ended.error.message and ended.error.hint
        assert "simple_deploy itself" not in ended.error.message, (name, ended.error)
        assert fingerprint(root) == before, name
        assert git(root, "rev-parse", "HEAD") == head, name
        if name == "package":
            aside.rename(place)
    assert planned(service)[0].state is RunState.SUCCEEDED


@pytest.fixture
def others(service: Service) -> Iterator[None]:
    yield
    for each in psutil.process_iter(["cwd"]):
        if each.info["cwd"] == str(service.location.root) and each.pid != os.getpid():
            process.kill_tree(each.pid)


@pytest.mark.slow
@proves(
    "A laptop sleeps: every process of a run is stopped (SIGSTOP) until its signs of life are a minute old, "
    "looked at, and continues",
    "The run is not called dead, and ends with every line once; the worker may be replaced",
)
def test_suspended(service: Service, wait_for: Callable[..., object], others: None) -> None:
    working = at_work(service, wait_for)
    run = deploying(service, wait_for)
    wait_for(lambda: service.open_question(run.id))
    stopped = [each for each in psutil.process_iter(["cwd"]) if each.info["cwd"] == str(service.location.root)]
    stopped = [each for each in stopped if each.pid != os.getpid()]
    assert {service.run(run.id).pid, working.pid} <= {each.pid for each in stopped}
    for each in stopped:
        each.suspend()
    wait_for(lambda: all(each.status() == psutil.STATUS_STOPPED for each in stopped))
    signs = [service.store.folder(run.id) / "heartbeat", service.store.root / worker.FILE]
    for seconds in (1, 16, 61):
        for sign in signs:
            os.utime(sign, (time.time() - seconds, time.time() - seconds))
        assert service.run(run.id).state is RunState.WAITING
    assert worker.alive(service.store.root) is None
    for each in stopped:
        each.resume()
    service.answer(run.id, "greeting", {"greeting": "Hi", "pin": ""})
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED
    numbers = [event.seq for event in service.events(run.id)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.slow
@proves(
    "A worker hangs (SIGSTOP) with a run in its queue, is replaced once it has given no sign of life for a while, and wakes up later",
    "The other worker executes the run, once; the one that hung ends",
    closes=(6,),
)
def test_a_worker_that_hangs_is_replaced(service: Service, wait_for: Callable[..., object], others: None) -> None:
    hung = at_work(service, wait_for)
    stopped = [psutil.Process(hung.pid), *psutil.Process(hung.pid).children(recursive=True)]
    for each in stopped:
        each.suspend()
    wait_for(lambda: all(each.status() == psutil.STATUS_STOPPED for each in stopped))
    run = service.create_plan("toy", {})
    dispatch(service, run)
    assert service.run(run.id).state is RunState.QUEUED
    for sign in (service.store.root / worker.FILE, service.store.folder(run.id) / "dispatched"):
        os.utime(sign, (time.time() - 60, time.time() - 60))
    assert worker.alive(service.store.root) is None
    revive(service, service.run(run.id))
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED
    wait_for(lambda: worker.alive(service.store.root))
    for each in stopped:
        each.resume()
    wait_for(lambda: not process.is_alive(hung.pid, hung.started))
    events = [*service.events(run.id)]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert sum(isinstance(event.payload, RunFinished) for event in events) == 1
    assert service.run(run.id).state is RunState.SUCCEEDED


@pytest.mark.slow
@proves(
    "The whole process group of a run, including its worker, is killed while a step runs",
    "The run is interrupted, the project is as it was, and a retry continues from that step",
)
def test_the_whole_group_is_killed(
    service: Service, wait_for: Callable[..., object], others: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_SLOW", "create")
    before = fingerprint(service.location.root)
    run = deploying(service, wait_for)
    wait_for(
        lambda: any(
            isinstance(each.payload, Output) and each.payload.text == "waiting" for each in service.events(run.id)
        )
    )
    for each in [each for each in psutil.process_iter(["cwd"]) if each.info["cwd"] == str(service.location.root)]:
        if each.pid != os.getpid():
            each.send_signal(signal.SIGKILL)
    wait_for(lambda: service.run(run.id).state is RunState.INTERRUPTED)
    assert fingerprint(service.location.root) == before
    monkeypatch.delenv("TOY_SLOW")
    again = service.create_retry(run.id)
    done = service.execute(again.id, use_defaults=True)
    assert done.state is RunState.SUCCEEDED, done.error


@pytest.mark.slow
@pytest.mark.timeout(400)
@proves(
    "The development server, runserver and uvicorn with --reload, is reloaded twenty times, and killed once, while a run writes its log",
    "A page that follows the run gets every line once and in order",
)
@pytest.mark.parametrize("kind", ["runserver", "uvicorn"])
def test_reloads_during_a_run(kind: str, flat_project: Path, tmp_path: Path) -> None:
    project = copy_project(flat_project, tmp_path / "project")
    run = going(project / ".simple_deploy")
    touched = project / "mysite" / "settings.py"
    got: list[int] = []

    def reloads(count: int) -> bool:
        """Touch a file until the server has been reloaded that often; one that is just starting does not notice."""
        later = touched.stat().st_mtime + 1
        os.utime(touched, (later, later))
        return len(re.findall("(?i)reloading", server.output)) >= count

    with serving(project, child_environment(tmp_path), kind) as server:
        door = enter(server, kind)
        for number in range(20):
            run.say(number * 50, number * 50 + 50)
            waited(lambda count=number + 1: reloads(count))
            got += follow(door, got[-1] if got else 0)
        psutil.Process(server.pid).kill()
    run.say(1_000, 1_050)
    with serving(project, child_environment(tmp_path), kind) as server:
        door = enter(server, kind)
        run.end()
        waited(lambda: _last(door, got))
    assert got == list(range(2, 1_050 + 4))


def follow(door: object, after: int) -> list[int]:
    """One look for news; a server that is just reloading has none."""
    try:
        answer = door.ask(path=f"{HOME}runs/20260102-120000-000-abcdef/stream/?poll=1&after={after}")  # type: ignore[attr-defined]
    except OSError:
        return []
    return [number for number in shown(answer.body) if number > after] if answer.status == 200 else []


def _last(door: object, got: list[int]) -> bool:
    got += follow(door, got[-1] if got else 0)
    return bool(got) and got[-1] == 1_053


@pytest.mark.slow
@proves(
    "The command line meets a damaged run, event, summary, target and journal, nested 200,000 deep, and a state folder of a newer version",
    "A message and a way out; exit codes as documented; never a traceback",
)
def test_damaged_state_at_the_terminal(project: Path, env: dict[str, str], browser: Browser) -> None:
    service = browser.service
    run = over(service, RunKind.CONFIGURE)
    cases = {
        service.store.folder(run.id) / "run.json": b"[" * 200_000,
        service.store.folder(run.id)
        / "events.jsonl": b'{"seq":1,"at":1e999,"step":[],"kind":"output","data":{"text":{}}}\n',
        service.store.folder(run.id) / "summary.json": b'{"x":' * 200_000,
        service.store.root / "targets" / "toy.json": b"\xff\x00",
        service.store.folder(run.id) / "undo.json": b"{",
        service.store.root / "format": b"99\n",
    }
    for path, data in cases.items():
        whole = path.read_bytes() if path.exists() else None
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        for words in (
            ("--history",),
            ("--undo", run.id),
            ("--summary", run.id),
            ("--check",),
            ("--plan", "--platform", "toy", "--no-input"),
        ):
            done = manage(project, "deploy", *words, env=env)
            assert "Traceback" not in done.stdout + done.stderr, (path.name, words, done.stderr)
            assert done.returncode in {0, 1, 2, 3}
        if path.name == "format":
            assert re.search("newer version", done.stdout + done.stderr)
        path.unlink() if whole is None else path.write_bytes(whole)
    assert locate(start=project, manage_py=None, settings_module=None, runner=process.run).root == project
