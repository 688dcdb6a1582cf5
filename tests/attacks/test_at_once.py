"""One thing at a time: things sent twice, from two places, from an old page, or put into the queue by somebody else."""

from __future__ import annotations

import base64
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from simple_deploy.core.errors import RunInProgress
from simple_deploy.core.events import QuestionAsked
from simple_deploy.jobs import worker
from simple_deploy.jobs.app import make_app, queue_name, tighten
from simple_deploy.jobs.tasks import TASK
from simple_deploy.runs.lock import Holder, ProjectLock, this_process
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service, remember
from simple_deploy.runs.store import new_run_id
from tests.attacks.claims import proves
from tests.project.jobs.test_background import finished
from tests.support.project import manage
from tests.support.repository import fingerprint
from tests.web.conftest import Browser, deploy, planned, serve, shop, text
from tests.web.servers import public
from tests.web.test_stream import Live, live

__all__ = ["live", "planned", "shop"]


@pytest.fixture
def browser(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(serve(project, env, monkeypatch))


@pytest.mark.slow
@proves(
    "The same form comes from eight tabs at the same moment",
    "One run; the other tabs show it",
    number=19,
)
def test_sent_twice(browser: Browser) -> None:
    service = browser.service
    service.questions("toy")  # looked at once, so that all eight get to the point together
    barrier, places = threading.Barrier(8), []

    def send() -> None:
        barrier.wait()
        answer = browser.post("platforms/toy/", **{"option-app_name": "shop", "option-size": "small"})
        places.append((answer.status_code, public(answer.headers.get("Location", ""))))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (run,) = service.runs()
    assert {status for status, _ in places} == {303}, places
    assert {place.partition("?")[0] for _, place in places} == {f"/simple-deploy/runs/{run.id}/"}
    assert len([place for _, place in places if not place.endswith("?joined")]) == 1


@pytest.mark.slow
@proves("Six terminals start a run at the same moment", "One run; the other terminals name it", number=19)
def test_sent_twice_from_terminals(project: Path, env: dict[str, str], tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib; from simple_deploy.system import process; from simple_deploy.inspection.locate import locate;"
        "from simple_deploy.runs.service import Service; from simple_deploy.core.errors import RunInProgress;"
        "service = Service(locate(start=pathlib.Path.cwd(), manage_py=None, settings_module=None, runner=process.run));"
        "service.questions('toy'); print('ready', flush=True); sys.stdin.readline()\n"
        "try: print('made', service.create_plan('toy', {}).id)\n"
        "except RunInProgress as error: print('told', error.run_id)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=project,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for each in started:
        assert each.stdout and each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    told = [each.communicate()[0].split() for each in started]
    assert sorted(word for word, _ in told) == ["made"] + ["told"] * 5
    assert len({run_id for _, run_id in told}) == 1


@pytest.mark.slow
@pytest.mark.slow
@proves(
    "A form is sent again after its run is over: the approval of a plan, that approval for another preview, an undo",
    "The plan is only carried out for what it was made for; what was undone is not undone again; the project "
    "stays as it is",
    number=19,
)
def test_sent_twice_after_it_was_done(browser: Browser, planned: Run) -> None:
    service, project = browser.service, browser.service.location.root
    rendered = service.plan_of(planned.id)
    assert rendered is not None
    approval = {"digest": rendered.digest, "kind": "deploy"}

    def sent(path: str, **form: str) -> Run:
        answer = browser.post(path, **form)
        assert answer.status_code == 303, text(answer)
        return service.execute(answer["Location"].split("/")[-2], use_defaults=True)

    first = sent(f"runs/{planned.id}/apply/", **approval)
    assert first.state is RunState.SUCCEEDED, first.error
    after = fingerprint(project)
    again = sent(f"runs/{planned.id}/apply/", **approval)
    assert again.state is RunState.BLOCKED
    assert fingerprint(project) == after
    other = browser.post(f"runs/{planned.id}/apply/", **{**approval, "digest": "0" * 64})
    assert other.status_code == 409
    assert "not the one you saw" in text(other)
    assert sent(f"runs/{first.id}/undo/").state is RunState.SUCCEEDED
    before = fingerprint(project)
    assert before != after
    answer = browser.post(f"runs/{first.id}/undo/")
    if answer.status_code == 303:
        assert service.execute(answer["Location"].split("/")[-2]).state is not RunState.SUCCEEDED
    assert fingerprint(project) == before


@proves(
    "An answer to a question that is over, to another question, to another run's question, twice, or by GET",
    "Ignored; the first answer counts",
    number=20,
)
def test_answer_from_another_page(live: Live) -> None:
    from simple_deploy.core.options import Option, Question

    browser, store = live.browser, live.browser.service.store
    asked = Question(id="name", title="Name?", fields=(Option(name="name", label="Name"),))
    path = f"runs/{live.run.id}/answer/"
    browser.post(path, question="name", **{"option-name": "early"})
    live.write(QuestionAsked(question=asked))
    browser.post(path, question="other", **{"option-name": "wrong"})
    browser.post("runs/20260101-120000-000-abcdef/answer/", question="name", **{"option-name": "elsewhere"})
    assert browser.get(f"{path}?question=name&option-name=looked").status_code == 405
    assert browser.post(path, token="0" * 64, question="name", **{"option-name": "forged"}).status_code == 403
    assert store.take_answer(live.run.id, "name") is None
    assert browser.post(path, question="name", **{"option-name": "first"}).status_code == 303
    browser.post(path, question="name", **{"option-name": "second"})
    assert store.take_answer(live.run.id, "name") == {"name": "first"}


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (str(self.path),))


def message(state: Path, body: bytes, kind: str, encoding: str = "base64", task: str = TASK) -> str:
    """A message as kombu's folder transport stores it."""
    name = queue_name(state)
    properties = {
        "correlation_id": "1", "reply_to": "1", "delivery_mode": 2, "delivery_info": {"exchange": "", "routing_key": name},
        "priority": 0, "body_encoding": encoding, "delivery_tag": "1",
    }  # fmt: skip
    headers = {
        "lang": "py",
        "task": task,
        "id": "1",
        "root_id": "1",
        "parent_id": None,
        "group": None,
        "retries": 0,
        "argsrepr": "",
        "kwargsrepr": "",
    }
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "binary",
            "content-type": kind,
            "headers": headers,
            "properties": properties,
        }
    )


@pytest.mark.slow
@proves(
    "The queue is filled with pickles, half messages, other tasks, other types, paths instead of ids and ids of "
    "runs that do not exist",
    "Thrown away: nothing is unpickled or started, and the worker continues with the next valid message",
    number=22,
)
def test_poisoned_queue(service: Service, wait_for: Callable[..., object], tmp_path: Path) -> None:
    remember(service)
    state, pwned = service.store.root, tmp_path / "pwned"
    make_app(state, service.conf).close()
    folder = state / "queue" / "messages"
    args = json.dumps([["../../../etc"], {}, {}]).encode()
    bodies = [
        message(state, pickle.dumps([[Bomb(pwned)], {}, {}]), "application/x-python-serialize"),
        message(state, b"!!python/object/apply:os.mkdir [x]", "application/x-yaml"),
        message(state, args, "application/json"),
        message(state, json.dumps([[new_run_id(1.0)], {}, {}]).encode(), "application/json"),
        message(state, json.dumps([[{"a": 1}], {"x": 2}, {}]).encode(), "application/json"),
        message(state, json.dumps([[], {}, {}]).encode(), "application/json"),
        message(state, args, "application/json", task="os.system"),
        message(state, b"not json", "application/json"),
        json.dumps({"body": "x"}),
        "[]",
        '{"half',
        "",
    ]
    for number, body in enumerate(bodies):
        (folder / f"{number}_{number:032x}.{queue_name(state)}.msg").write_text(body)
    tighten(state)
    worker.start(service)
    wait_for(lambda: worker.alive(state))
    run = service.create_plan("toy", {})
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED
    assert not pwned.exists()
    assert [each.id for each in service.runs()] == [run.id]


@pytest.mark.slow
@proves("The project contains a program called python and one called git, and the state folder was opened to "
        "everybody", "The worker is this Python by its full path; the folder is closed before anything is executed", number=23)  # fmt: skip
def test_hijacked_worker(service: Service, wait_for: Callable[..., object], project: Path) -> None:
    remember(service)
    for name in ("python", "python3", "git", "uv"):
        (project / name).write_text("#!/bin/sh\ntouch pwned\n")
        (project / name).chmod(0o755)
    service.store.root.chmod(0o777)
    pid = worker.start(service)
    wait_for(lambda: worker.alive(service.store.root))
    assert psutil.Process(pid).cmdline()[0] == sys.executable
    run = service.create_plan("toy", {}, allow_dirty=True)
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED
    assert service.store.root.stat().st_mode & 0o077 == 0
    assert not list(project.rglob("pwned"))


@pytest.mark.slow
@proves(
    "A project is deployed, and its settings are loaded where the tool is not installed",
    "They load without it; nothing that only the tool needs is required",
    number=24,
)
def test_tool_in_production_settings(browser: Browser) -> None:
    service = browser.service
    plan = service.execute(service.create_plan("toy", {"app_name": "shop"}).id)
    assert deploy(browser, plan, kind=RunKind.CONFIGURE).state is RunState.SUCCEEDED
    root = service.location.root
    script = (
        "import sys; from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "PathFinder.find_spec = lambda name, *rest: None if name.startswith('simple_deploy') else find(name, *rest)\n"
        "sys.meta_path[:] = [each for each in sys.meta_path if 'editable' not in repr(each).lower()]\n"
        "import importlib.util; assert importlib.util.find_spec('simple_deploy') is None\n"
        "import django; django.setup(); from django.conf import settings; print(settings.INSTALLED_APPS)"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "mysite.settings", "TOY": "1"}
    done = subprocess.run([sys.executable, "-c", script], cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "simple_deploy" not in done.stdout
    wanted = (root / "requirements.txt").read_text().lower()
    assert "simple-deploy" not in wanted and "celery" not in wanted


def holder(**changes: object) -> Holder:
    import dataclasses

    return dataclasses.replace(this_process("20260101-120000-000-abcdef"), **changes)


@proves(
    "A run's lock: its process is alive, is gone, its number was given to another process, or it is on another "
    "computer that is silent",
    "Refused as long as somebody may be working; taken over otherwise",
)
def test_a_lock_is_taken_over_from_the_dead_only(tmp_path: Path) -> None:
    mine = holder(run="20260101-120000-000-aaaaaa")
    for other, gone in (
        (holder(), False),
        (holder(pid=2**22 + 1), True),
        (holder(started=1.0), True),
        (holder(host="elsewhere"), False),
        (holder(host="elsewhere", since=time.time() - 60), True),
    ):
        lock = ProjectLock(tmp_path / f"{time.monotonic_ns()}")
        lock.acquire(other)
        if gone:
            lock.acquire(mine)
            assert lock.holder() == mine
        else:
            with pytest.raises(RunInProgress):
                lock.acquire(mine)
            lock.release(mine.run)
            assert lock.holder() == other


@proves(
    "Six threads take a lock and release it as fast as they can, twenty times each",
    "Never two at a time; no thread is locked out in the end, and nothing is left over",
)
def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    inside, most, errors = [0], [0], []

    def work(number: int) -> None:
        lock = ProjectLock(tmp_path)
        mine = holder(run=f"20260101-120000-000-{number:06x}")
        for _ in range(20):
            while True:
                try:
                    lock.acquire(mine)
                    break
                except RunInProgress:
                    time.sleep(0.001)
                except OSError as error:
                    errors.append(error)
                    return
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.0005)
            inside[0] -= 1
            lock.release(mine.run)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert most == [1]
    assert list(tmp_path.iterdir()) == []


@proves(
    "Eight threads find at the same time that the holder of a lock is gone, and want it",
    "One gets it; the others learn which one did",
)
@pytest.mark.parametrize("left", ["a dead process", "half a file"])
def test_a_lock_of_the_dead_goes_to_one(tmp_path: Path, left: str) -> None:
    for number in range(10):
        root = tmp_path / str(number)
        ProjectLock(root).acquire(holder(pid=2**22 + 1))
        if left == "half a file":
            (root / "lock" / "holder.json").write_text('{"run": "2026', encoding="utf-8")
        together = threading.Barrier(8)
        got: list[str] = []
        told: list[str] = []

        def work(number: int, lock: ProjectLock, together: threading.Barrier, got: list[str], told: list[str]) -> None:
            mine = holder(run=f"20260101-120000-000-{number:06x}")
            together.wait()
            try:
                lock.acquire(mine)
                got.append(mine.run)
            except RunInProgress as error:
                told.append(error.run_id)

        threads = [
            threading.Thread(target=work, args=(number, ProjectLock(root), together, got, told)) for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 1
        assert told == got * 7
        assert [path.name for path in root.iterdir()] == ["lock"]


@pytest.mark.slow
@proves(
    "The page has started a run when a command comes from a terminal, and vice versa",
    "The terminal says which run is under way and what to do; the page shows the terminal's run; nothing is "
    "begun twice",
    number=19,
)
def test_sent_twice_from_page_and_terminal(browser: Browser, project: Path, env: dict[str, str]) -> None:
    service = browser.service
    form = {"option-app_name": "shop", "option-size": "small"}
    assert browser.post("platforms/toy/", **form).status_code == 303
    (run,) = service.runs()
    for words in (("--plan", "--platform", "toy", "--no-input"), ("--destroy", "--platform", "toy", "--yes")):
        told = manage(project, "deploy", *words, env=env)
        assert told.returncode == 1, told.stdout
        assert run.id in told.stderr and "cancel" in told.stderr, told.stderr
    service.cancel(run.id)
    mine = service.create_plan("toy", {}, started_by="terminal")  # of this process, which lives
    joined = browser.post("platforms/toy/", **form)
    assert public(joined.headers["Location"]) == f"/simple-deploy/runs/{mine.id}/?joined"
    assert [each.id for each in service.runs()] == [mine.id, run.id]
