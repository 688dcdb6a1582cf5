"""Runs in the background: a message, a worker of their own, a child process; whatever dies, the run says what happened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import psutil
import pytest

from simple_deploy.core.events import Output, RunFinished, StepStarted
from simple_deploy.jobs import worker
from simple_deploy.jobs.dispatch import dispatch, revive
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service, remember
from tests.support.repository import fingerprint, git
from tests.support.systems import is_private

Wait = Callable[..., object]


def planned(service: Service, wait_for: Wait) -> Run:
    run = service.create_plan("toy", {})
    dispatch(service, run)
    return finished(service, run, wait_for)


def at_work(service: Service, wait_for: Wait) -> worker.WorkerInfo:
    """A worker that is there, and no longer on its way: while one is, no other one is started in its place."""
    remember(service)
    worker.ensure(service)
    wait_for(lambda: worker.alive(service.store.root) and not (service.store.root / worker.STARTING).exists())
    found = worker.alive(service.store.root)
    assert found is not None
    return found


def deploying(service: Service, wait_for: Wait, kind: RunKind = RunKind.DEPLOY) -> Run:
    plan = planned(service, wait_for)
    assert plan.state is RunState.SUCCEEDED, plan.error
    rendered = service.plan_of(plan.id)
    assert rendered is not None
    run = service.create_apply(plan.id, rendered.digest, kind)
    dispatch(service, run)
    return run


def finished(service: Service, run: Run, wait_for: Wait) -> Run:
    wait_for(lambda: not service.run(run.id).is_active)
    if service.run(run.id).state is not RunState.INTERRUPTED:
        wait_for(lambda: any(isinstance(each.payload, RunFinished) for each in service.events(run.id)))
    return service.run(run.id)


@pytest.mark.slow
def test_a_deployment_runs_in_the_background_and_its_question_is_answered(service: Service, wait_for: Wait) -> None:
    run = deploying(service, wait_for)
    wait_for(lambda: service.open_question(run.id))
    assert service.run(run.id).state is RunState.WAITING
    service.answer(run.id, "greeting", {"greeting": "Good morning", "pin": "very-secret-pin"})
    done = finished(service, run, wait_for)
    assert (done.state, done.url) == (RunState.SUCCEEDED, "http://toy.localhost/mysite"), done.error
    page = (service.conf.data_dir / "toy" / "mysite.app").read_text(encoding="utf-8")
    assert page.splitlines()[0] == "Good morning"
    assert git(service.location.root, "status", "--porcelain") == ""
    events = [*service.events(run.id)]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event for event in events if isinstance(event.payload, RunFinished)] == events[-1:]
    stored = "".join(path.read_text(encoding="utf-8", errors="replace") for path in _stored(service))
    assert "very-secret-pin" not in stored


def _stored(service: Service):  # type: ignore[no-untyped-def]
    return [path for path in service.store.root.rglob("*") if path.is_file() and "tree" not in path.parts]


@pytest.mark.slow
def test_messages_hold_run_ids_only_are_private_and_are_deleted_when_they_were_read(
    service: Service, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = service.store.root / "queue"
    with monkeypatch.context() as patch:
        patch.setattr(worker, "start", lambda service, first: 0)
        run = planned(service, wait_for)
    (message,) = queue.rglob("*.msg")
    assert run.id in _decoded(message.read_text(encoding="utf-8"))
    for path in queue.rglob("*"):
        assert is_private(path), path
    planned(service, wait_for)
    wait_for(lambda: not list(queue.rglob("*.msg")))


def _decoded(message: str) -> str:
    import base64
    import json

    return base64.b64decode(json.loads(message)["body"]).decode("utf-8")


@pytest.mark.slow
def test_a_new_worker_begins_with_the_run_it_was_started_for(service: Service, wait_for: Wait) -> None:
    run = planned(service, wait_for)
    first = worker.alive(service.store.root)
    assert first is not None and psutil.Process(first.pid).cmdline()[-2:] == ["worker", run.id]
    assert run.state is RunState.SUCCEEDED
    assert planned(service, wait_for).state is RunState.SUCCEEDED
    assert worker.alive(service.store.root) == first


@pytest.mark.slow
def test_the_worker_is_used_again_and_belongs_to_no_terminal(service: Service, wait_for: Wait) -> None:
    first = at_work(service, wait_for)
    planned(service, wait_for)
    planned(service, wait_for)
    assert worker.alive(service.store.root) == first
    if sys.platform != "win32":  # which has no sessions
        assert os.getsid(first.pid) != os.getsid(0)


@pytest.mark.slow
def test_an_idle_worker_stops(service: Service, wait_for: Wait, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPLE_DEPLOY_WORKER_IDLE", "1")
    quick = Service(service.location)
    info = at_work(quick, wait_for)
    planned(quick, wait_for)
    wait_for(lambda: not psutil.pid_exists(info.pid))
    wait_for(lambda: not (service.store.root / worker.FILE).exists())


@pytest.mark.slow
def test_a_run_without_a_message_is_picked_up(service: Service, wait_for: Wait) -> None:
    remember(service)
    worker.start(service)
    wait_for(lambda: worker.alive(service.store.root))
    run = service.create_plan("toy", {})
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED


@pytest.mark.slow
def test_without_any_worker_the_run_is_started_directly(
    service: Service, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "start", lambda service, first: 0)
    assert planned(service, wait_for).state is RunState.SUCCEEDED
    assert worker.alive(service.store.root) is None


@pytest.mark.slow
def test_cancelling_ends_every_process_and_leaves_the_project_as_it_was(
    service: Service, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_SLOW", "create")
    before = fingerprint(service.location.root)
    run = deploying(service, wait_for)
    wait_for(lambda: any(isinstance(e.payload, Output) and e.payload.text == "waiting" for e in service.events(run.id)))
    service.cancel(run.id)
    done = finished(service, run, wait_for)
    assert done.state is RunState.CANCELLED
    assert fingerprint(service.location.root) == before
    mine = str(service.location.root.parent)
    assert not [
        each.info["cmdline"]
        for each in psutil.process_iter(["cmdline", "cwd"])
        if "time.sleep" in " ".join(each.info["cmdline"] or ()) and str(each.info["cwd"] or "").startswith(mine)
    ]


@pytest.mark.slow
def test_a_killed_run_shows_as_interrupted_and_can_be_retried(
    service: Service, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint(service.location.root)
    run = deploying(service, wait_for)
    wait_for(lambda: service.open_question(run.id))
    pid = service.run(run.id).pid
    assert pid is not None
    psutil.Process(pid).kill()
    wait_for(lambda: service.run(run.id).state is RunState.INTERRUPTED)
    assert fingerprint(service.location.root) == before
    again = service.create_retry(run.id)
    dispatch(service, again)
    wait_for(lambda: service.open_question(again.id))
    service.answer(again.id, "greeting", {"greeting": "Hi", "pin": ""})
    assert finished(service, again, wait_for).state is RunState.SUCCEEDED
    started = [event.step for event in service.events(again.id) if isinstance(event.payload, StepStarted)]
    assert started == ["inspect", "ask", "release", "land"]


@pytest.mark.slow
def test_a_killed_worker_does_not_take_the_run_along(service: Service, wait_for: Wait) -> None:
    info = at_work(service, wait_for)
    run = deploying(service, wait_for)
    wait_for(lambda: service.open_question(run.id))
    psutil.Process(info.pid).kill()
    wait_for(lambda: worker.alive(service.store.root) is None)
    service.answer(run.id, "greeting", {"greeting": "Hi", "pin": ""})
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED


@pytest.mark.slow
def test_however_often_a_page_is_looked_at_one_worker_is_started(
    service: Service, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[int] = []
    start = worker.start
    monkeypatch.setattr(worker, "start", lambda service, first: began.append(start(service, first)))
    run = service.create_plan("toy", {})
    service.store.update(run.id, created=run.created - 60)
    for _ in range(30):
        revive(service, service.run(run.id))
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED
    assert len(began) == 1


def test_a_worker_on_its_way_is_waited_for(service: Service, wait_for: Wait) -> None:
    remember(service)
    pid = worker.start(service)
    for _ in range(30):
        worker.ensure(service)
    wait_for(lambda: worker.alive(service.store.root))
    assert [each.pid for each in psutil.Process().children() if "worker" in each.cmdline()] == [pid]


@pytest.mark.slow
def test_a_queued_run_that_everyone_forgot_is_revived(service: Service, wait_for: Wait) -> None:
    run = service.create_plan("toy", {})
    service.store.update(run.id, created=run.created - 60)
    revive(service, service.run(run.id))
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED
