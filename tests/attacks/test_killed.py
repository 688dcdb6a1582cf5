"""A run's git or its terminal is killed separately."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service, remember
from simple_deploy.system import process
from tests.attacks.claims import proves
from tests.attacks.halts import at_work, kill_all
from tests.project.jobs.test_redis import redis_at
from tests.support.project import manage
from tests.support.repository import fingerprint, git

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


@pytest.mark.parametrize("kind", [RunKind.DEPLOY, RunKind.FIX])
@pytest.mark.parametrize("killed", ["the run", "everything"])
@proves(
    "A run is killed while its git moves the branch, or makes a commit in the project: either the run alone, so "
    "that git continues without it; or git too, which leaves its locks",
    "The remaining git is ended, and its locks are removed, before the project is put in order: it is as it was, "
    "and the same action succeeds when repeated",
)
def test_git_at_work_when_its_run_is_killed(
    kind: RunKind, killed: str, service: Service, project: Path, tmp_path: Path, wait_for: Wait
) -> None:
    waits, goes_on = tmp_path / "waits", tmp_path / "goes on"
    remember(service)
    if kind is RunKind.FIX:
        git(project, "rm", "--quiet", "requirements.txt")
        git(project, "commit", "--quiet", "-m", "Second")
        make = lambda: service.create_fix("write-requirements", {})  # noqa: E731
    else:
        plan = planned(service)
        make = lambda: approved(service, plan, RunKind.DEPLOY)  # noqa: E731
    hook = project / ".git" / "hooks" / ("pre-commit" if kind is RunKind.FIX else "reference-transaction")
    hook.parent.mkdir(exist_ok=True)
    branch = 'test "$1" = prepared && grep -q HEAD || exit 0' if kind is RunKind.DEPLOY else ""
    paths = {"project": project, "waits": waits, "goes_on": goes_on}
    hook.write_text(HOOK.format(of_the_branch=branch, **{name: shlex.quote(str(path)) for name, path in paths.items()}))
    hook.chmod(0o755)
    before = (fingerprint(project), git(project, "rev-parse", "HEAD"), git(project, "status", "--porcelain"))

    run = make()
    script = "import sys; from pathlib import Path; from simple_deploy.runs.service import open_service; open_service(Path.cwd()).execute(sys.argv[1], use_defaults=True)"
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
    again = service.execute(make().id, use_defaults=True)
    assert again.state is RunState.SUCCEEDED, again.error
    assert git(project, "rev-parse", "HEAD") != before[1] and git(project, "status", "--porcelain") == ""


@proves(
    "A lock in the repository that is older than the run, or that a git working in the project holds",
    "It is somebody else's, and stays",
)
def test_locks_of_others_stay(project: Path) -> None:
    from simple_deploy.system.git import Git, remove_stale_locks

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
    "A terminal is killed after it has made a run and before it begins with it",
    "The run is interrupted, and says so, as soon as anybody looks; no worker carries it out; the next command begins at once",
)
def test_a_terminal_that_is_killed_before_it_begins(service: Service, project: Path, env: dict[str, str]) -> None:
    remember(service)
    script = "import os, signal; from pathlib import Path; from simple_deploy.runs.service import open_service; open_service(Path.cwd()).create_plan('toy', {}, started_by='terminal'); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", script], cwd=project, env=env, check=False)
    (left,) = service.store.list()
    assert left.state is RunState.QUEUED
    done = manage(project, "deploy", "--plan", "--platform", "toy", "--no-input", env=env)
    assert done.returncode == 0, done.stderr
    dead = service.run(left.id)
    assert dead.state is RunState.INTERRUPTED
    assert dead.error is not None and "before it began" in dead.error.message and dead.error.hint
