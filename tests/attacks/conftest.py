"""Servers, projects and runs to attack, each made once for the whole test run."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from simple_deploy.core.events import Output, RunFinished, RunStarted, StepFinished, StepHead, StepStarted
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.context import SystemClock
from simple_deploy.inspection.locate import locate
from simple_deploy.platforms import registry
from simple_deploy.runs.eventlog import EventWriter
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import FileRunStore
from simple_deploy.system import process
from tests.attacks.door import HOME, Door, Reply
from tests.project.conftest import env, environments, flat_project, project, service, wait_for
from tests.project.rehearsal.test_rehearsing import PLUGINS as REHEARSABLE
from tests.support.project import child_environment, copy_project
from tests.support.waiting import waited
from tests.web.servers import serving

__all__ = ["env", "environments", "flat_project", "project", "service", "wait_for"]

FINISHED = "20260101-120000-000-abcdef"

#: A platform that can be rehearsed.
PUDDLE = EntryPoint(name="puddle", value="simple_deploy_puddle", group=registry.GROUP)

#: Where the pages of its rehearsal are.
STAGE = f"{HOME}rehearsals/puddle/"

#: A step's title, a line of output and a hint, as somebody would write them who wants to get at the reader.
HOSTILE = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '"><svg/onload=alert(1)>',
    "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07",
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x9d52;c;cm0gLXJmIC8=\x9c",
    "javascript:alert(1) data:text/html,<script>1</script> vbscript:x",
    "</pre></body><form action=/simple-deploy/ method=post>",
    "{% debug %} {{ settings.SECRET_KEY }}",
    "safe\u202egnp.exe",
    "\x1b[2J\x1b[H\x1b]0;title\x07\x1bc",
    "not\u061c to\u200b be\ufeff se\u00aden\u2028\u2029\u2066\U000e0041\u200d",
)


def plant(state: Path, run_id: str = FINISHED, lines: tuple[str, ...] = HOSTILE) -> str:
    """A finished run whose plugin and programs said *lines*; returns its id."""
    store = FileRunStore(state)
    title = lines[0]
    store.create(Run(id=run_id, kind=RunKind.PLAN, platform="toy", state=RunState.SUCCEEDED, created=1.0, started=1.0))
    writer = EventWriter(store.folder(run_id), clock=SystemClock(), redact=Redactor())
    writer.record(
        None, RunStarted(run_kind="plan", platform="toy", steps=(StepHead(id="build", title=title, why=lines[1]),))
    )
    writer.record("build", StepStarted(title=title, why=lines[1]))
    for line in lines:
        writer.record("build", Output(text=line))
    writer.record("build", StepFinished(outcome="done", seconds=1.0, detail=lines[2]))
    writer.record(None, RunFinished(state="succeeded", message=lines[0], hint=lines[4], url=lines[6]))
    writer.close()
    store.update(run_id, finished=2.0)
    return run_id


@pytest.fixture(scope="session")
def besieged(flat_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the servers that are attacked, with a rehearsal of it; attacks must not change it."""
    project = copy_project(flat_project, tmp_path_factory.mktemp("besieged") / "project")
    plant(project / ".simple_deploy")
    with pytest.MonkeyPatch.context() as patch:
        rehearse(project, patch)
    return project


def rehearse(project: Path, patch: pytest.MonkeyPatch) -> Service:
    """Make the rehearsal of *project*, with a finished run in it; returns its service."""
    for name, value in child_environment(project.parent).items():
        patch.setenv(name, value)
    patch.syspath_prepend(str(REHEARSABLE))
    location = locate(start=project, manage_py=None, settings_module=None, runner=process.run)
    stage = Service(location, registry=registry.load([PUDDLE])).rehearsal("puddle")
    plant(stage.store.root)
    return stage


def of_servers(home: Path) -> dict[str, str]:
    """The environment of the servers that are attacked."""
    found = child_environment(home)
    return {**found, "PYTHONPATH": os.pathsep.join((found["PYTHONPATH"], str(REHEARSABLE)))}


def enter(server: object, kind: str) -> Door:
    """A door whose owner's browser has shown the access code."""
    door = Door(server, kind=kind, run=FINISHED)  # type: ignore[arg-type]
    shown = door.enter()
    assert shown.status == 302, shown
    page = waited(lambda: _shown(door.ask(path=f"{HOME}platforms/toy/")))  # a server may just be reloading
    token = re.search(r'name="token" value="(\w+)"', page.body)  # type: ignore[attr-defined]
    assert token, f"{page}\n{server.output}"  # type: ignore[attr-defined]
    door.token = token[1]
    return door


def _shown(answer: Reply) -> Reply | None:
    return answer if answer.status else None


#: Marks what depends on the address: a landing tries it on every server.
OF_ADDRESSES = pytest.mark.slice(1000)

DOORS = {
    "runserver": ("runserver without reload", "127.0.0.1"),
    "runserver IPv6": ("runserver without reload", "::1"),
    "uvicorn": ("uvicorn", "127.0.0.1"),
    "uvicorn IPv6": ("uvicorn", "::1"),
}


@pytest.fixture(
    scope="session",
    params=[
        "runserver",
        pytest.param("uvicorn", marks=pytest.mark.slow),
        pytest.param("runserver IPv6", marks=[pytest.mark.slow, pytest.mark.slice(1)]),
        pytest.param("uvicorn IPv6", marks=[pytest.mark.slow, pytest.mark.slice(1)]),
    ],
)
def door(request: pytest.FixtureRequest, besieged: Path) -> Iterator[Door]:
    """A running server. The first one is attacked in every test run, two of them and a part of the others' on a landing."""
    kind, host = DOORS[request.param]
    with serving(besieged, of_servers(besieged.parent), kind, host=host) as server:
        yield enter(server, request.param)


def require_root(what: str) -> None:
    """Skip a test that needs the rights to make *what*; fail where every test has to run."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return
    missing(f"only root can make {what}")


def missing(reason: str) -> None:
    """Say that a test cannot run here: a skip, or a failure where SIMPLE_DEPLOY_TESTS_REQUIRE_ALL is set."""
    if os.environ.get("SIMPLE_DEPLOY_TESTS_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed")
    return str(found)
