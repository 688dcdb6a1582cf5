"""What works together on a run is killed at moments of its own: its git, its terminal, the web process, Redis."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simple_deploy.core.events import Output
from simple_deploy.engine import process
from simple_deploy.jobs import worker
from simple_deploy.jobs.dispatch import dispatch
from simple_deploy.runs.execution import Answering
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.open import remember
from simple_deploy.runs.service import Service
from tests.attacks.claims import proves
from tests.attacks.halts import at_work, kill_all
from tests.project.jobs.test_background import deploying, finished
from tests.project.jobs.test_redis import RedisServer, redis_at
from tests.support.project import manage
from tests.support.repository import fingerprint, git
from tests.web.conftest import Browser, serve
from tests.web.servers import serving
from tests.web.test_stream import shown

__all__ = ["redis_at"]

pytestmark = pytest.mark.slow

Wait = Callable[..., object]


@pytest.fixture(autouse=True)
def nothing_left(project: Path) -> Iterator[None]:
    yield
    for each in at_work(project):
        process.kill_tree(each.pid)


def approved(service: Service, plan: Run, kind: RunKind) -> Run:
    rendered = service.plan_of(plan.id)
    assert rendered is not None
    return service.create_apply(plan.id, rendered.digest, kind)


def planned(service: Service) -> Run:
    plan = service.execute(service.create_plan("toy", {"app_name": "shop"}).id)
    assert plan.state is RunState.SUCCEEDED, plan.error
    return plan


HOOK = """\
#!/bin/sh
test "$PWD" = {project} || exit 0
{of_the_branch}
touch {waits}
while test ! -e {goes_on}; do sleep 0.05; done
"""


@pytest.mark.parametrize("kind", [RunKind.DEPLOY, RunKind.MEND])
@pytest.mark.parametrize("killed", ["the run", "everything"])
@proves(
    "A run is killed while its git moves the branch, or makes a commit in the project: alone, so that git works on without it; or git too,"
    " which leaves its locks",
    "The git that was left is ended, and its locks are removed, before the project is put in order: it is as it was, and the same once more"
    " comes to its end",
)
def test_git_at_work_when_its_run_is_killed(
    kind: RunKind, killed: str, service: Service, project: Path, tmp_path: Path, wait_for: Wait
) -> None:
    waits, goes_on = tmp_path / "waits", tmp_path / "goes on"
    remember(service)
    if kind is RunKind.MEND:
        git(project, "rm", "--quiet", "requirements.txt")
        git(project, "commit", "--quiet", "-m", "Second")
        make = lambda: service.create_mend("write-requirements", {})  # noqa: E731
    else:
        plan = planned(service)
        make = lambda: approved(service, plan, RunKind.DEPLOY)  # noqa: E731
    hook = project / ".git" / "hooks" / ("pre-commit" if kind is RunKind.MEND else "reference-transaction")
    hook.parent.mkdir(exist_ok=True)
    branch = 'test "$1" = prepared && grep -q HEAD || exit 0' if kind is RunKind.DEPLOY else ""
    paths = {"project": project, "waits": waits, "goes_on": goes_on}
    hook.write_text(HOOK.format(of_the_branch=branch, **{name: shlex.quote(str(path)) for name, path in paths.items()}))
    hook.chmod(0o755)
    before = (fingerprint(project), git(project, "rev-parse", "HEAD"), git(project, "status", "--porcelain"))

    run = make()
    script = "import sys; from pathlib import Path; from simple_deploy.runs.open import open_service; from simple_deploy.runs.execution import Answering; open_service(Path.cwd()).execute(sys.argv[1], answering=Answering(use_defaults=True))"
    started = subprocess.Popen([sys.executable, "-c", script, run.id], cwd=project, **process.own_group())
    wait_for(waits.exists)
    assert list((project / ".git").rglob("*.lock"))
    started.kill()
    started.wait()
    if killed == "everything":
        kill_all(project)
        assert list((project / ".git").rglob("*.lock"))
    else:
        assert at_work(project)
    dead = service.run(run.id)
    goes_on.touch()
    assert dead.state is RunState.INTERRUPTED
    assert not at_work(project)
    assert not list((project / ".git").rglob("*.lock"))
    assert (fingerprint(project), git(project, "rev-parse", "HEAD"), git(project, "status", "--porcelain")) == before
    again = service.execute(make().id, answering=Answering(use_defaults=True))
    assert again.state is RunState.SUCCEEDED, again.error
    assert git(project, "rev-parse", "HEAD") != before[1] and git(project, "status", "--porcelain") == ""


@proves(
    "A lock in the repository that is older than the run, or that a git at work in the project holds",
    "Is somebody else's, and stays",
)
def test_locks_of_others_stay(project: Path) -> None:
    from simple_deploy.engine.git import Git, remove_stale_locks

    lock = project / ".git" / "index.lock"
    lock.touch()
    began = lock.stat().st_mtime
    repository = Git(project, process.run)
    remove_stale_locks(repository, since=began + 1)
    assert lock.exists()
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=project, stdin=subprocess.PIPE) as other:
        remove_stale_locks(repository, since=began)
        assert lock.exists()
        other.kill()
    remove_stale_locks(repository, since=began)
    assert not lock.exists()


@proves(
    "A terminal is killed between making a run and beginning with it",
    "The run is interrupted, and says so, as soon as anybody looks; no worker carries it out; the next command begins at once",
)
def test_a_terminal_that_is_killed_before_it_begins(service: Service, project: Path, env: dict[str, str]) -> None:
    remember(service)
    script = "import os, signal; from pathlib import Path; from simple_deploy.runs.open import open_service; open_service(Path.cwd()).create_plan('toy', {}, started_by='terminal'); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", script], cwd=project, env=env, check=False)
    (left,) = service.store.list()
    assert left.state is RunState.QUEUED
    done = manage(project, "deploy", "--plan", "--platform", "toy", "--no-input", env=env)
    assert done.returncode == 0, done.stderr
    dead = service.run(left.id)
    assert dead.state is RunState.INTERRUPTED
    assert dead.error is not None and "before it had begun" in dead.error.message and dead.error.hint


@proves(
    "The web process is killed at the moment it has accepted a run, and the server is started anew",
    "The run is carried out, and the new server shows it whole, every line once and in order",
)
def test_the_web_process(service: Service, project: Path, env: dict[str, str], wait_for: Wait) -> None:
    with serving(project, env) as server:
        server.enter()
        answer = server.post("/simple-deploy/platforms/toy/", **{"option-app_name": "shop", "option-size": "small"})
        psutil.Process(server.pid).kill()
        assert answer.status == 303
    (run,) = service.runs()
    with serving(project, env) as server:
        server.enter()

        def over() -> bool:
            server.ask("GET", f"/simple-deploy/runs/{run.id}/")
            return not service.run(run.id).is_active

        wait_for(over)
        done = finished(service, run, wait_for)
        assert done.state is RunState.SUCCEEDED, done.error
        told = shown(server.ask("GET", f"/simple-deploy/runs/{run.id}/stream/?poll=1").text)
        events = service.events(run.id)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert told == sorted(set(told)) and told[-1] == events[-1].seq
        assert {event.seq for event in events if isinstance(event.payload, Output)} <= set(told)


@pytest.mark.redis
@proves(
    "Redis is killed in the middle of a deployment, is away when the next run is started, and comes back",
    "The deployment goes on to its end and the page's stream with it; the next run is carried out all the same; and the one after it",
)
@pytest.mark.timeout(600)
def test_redis(
    project: Path,
    env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    wait_for: Wait,
    redis_at: Callable[[], RedisServer],
) -> None:
    redis = redis_at()
    browser = Browser(serve(project, {**env, "SIMPLE_DEPLOY_REDIS_URL": redis.url}, monkeypatch))
    service = browser.service
    run = deploying(service, wait_for)
    wait_for(lambda: service.open_question(run.id))
    told = stream(browser, run, 0)
    redis.kill()
    service.answer(run.id, "greeting", {"greeting": "Hi", "pin": ""})
    assert finished(service, run, wait_for).state is RunState.SUCCEEDED, service.run(run.id).error
    told += stream(browser, run, told[-1])
    assert told == stream(browser, run, 0) and len(set(told)) == len(told) > 3
    assert worker.alive(service.store.root) is not None

    second = service.create_plan("toy", {})
    dispatch(service, second)
    assert finished(service, second, wait_for).state is RunState.SUCCEEDED
    redis.start()
    third = service.create_plan("toy", {})
    dispatch(service, third)
    assert finished(service, third, wait_for).state is RunState.SUCCEEDED
    assert worker.alive(service.store.root) is not None


def stream(browser: Browser, run: Run, after: int) -> list[int]:
    """What the page is told when it asks for what is new."""
    answer = browser.get(f"runs/{run.id}/stream/?poll=1&after={after}")
    assert answer.status_code == 200
    return shown(answer.content.decode())  # type: ignore[attr-defined]
