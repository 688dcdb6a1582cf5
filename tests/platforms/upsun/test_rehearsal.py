"""The whole way, against Upsun as it is played on this computer."""

from __future__ import annotations

import http.client
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from simple_deploy.engine import process
from simple_deploy.rehearsal import World
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.scope import Answering
from simple_deploy.runs.service import Service
from simple_deploy.testing import Shape
from simple_deploy.testkit.projects import Project
from tests.support.shapes import Shapes

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
NOBODY = Answering(nobody=True)


@pytest.fixture
def project(shapes: Shapes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = shapes.project(Shape(layout="nested"), tmp_path / "slow-train")
    for name, value in made.env.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture
def service(project: Project) -> Iterator[Service]:
    made = service_of(project)
    yield made
    made.end_rehearsal("upsun")


def service_of(project: Project) -> Service:
    from simple_deploy import conf
    from simple_deploy.inspection.locate import locate

    location = locate(start=project.folder, runner=process.run, environ=project.env)
    return Service(location, conf.load(dict(os.environ)))


def deployed(service: Service) -> Run:
    """Plan and deploy, as far as it goes."""
    planned = service.execute(service.create_plan("upsun", {}).id, answering=NOBODY)
    rendered = service.plan_of(planned.id)
    if rendered is None or planned.state is not RunState.SUCCEEDED:
        return planned
    run = service.create_apply(planned.id, rendered.digest, RunKind.DEPLOY)
    return service.execute(run.id, answering=NOBODY)


def world(stage: Service) -> World:
    assert stage.stage is not None
    return stage.stage.world


def get(url: str, path: str = "/") -> tuple[int, str]:
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": parts.netloc})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")


def log_of(service: Service, run: Run) -> str:
    return (service.store.root / "runs" / run.id / "deploy.log").read_text(encoding="utf-8")


def test_a_site_is_made_once_served_deployed_again_and_destroyed(service: Service, project: Project) -> None:
    before = project.fingerprint()
    stage = service.rehearsal("upsun")

    first = deployed(stage)
    assert (first.state, first.error) == (RunState.SUCCEEDED, None), log_of(stage, first)
    assert first.url is not None
    status, page = get(first.url)
    assert status == 200 and "Slow Train" in page
    assert project.fingerprint() == before
    (id_,) = world(stage).read()["projects"]

    # Again, after a change; the project on Upsun is the same.
    template = project.folder / "templates" / "base.html"
    changed = template.read_text(encoding="utf-8").replace("Made with", "Made once more with")
    template.write_text(changed, encoding="utf-8")
    project.commit("Change")
    stage = service.rehearsal("upsun")
    again = deployed(stage)
    assert (again.state, again.error) == (RunState.SUCCEEDED, None), log_of(stage, again)
    assert list(world(stage).read()["projects"]) == [id_]
    assert "once more" in get(again.url or "")[1]

    # Whatever is known on this computer is lost, and it is still found.
    assert stage.stage is not None
    shutil.rmtree(stage.store.root / "targets")
    planned = stage.execute(stage.create_plan("upsun", {}).id, answering=NOBODY)
    rendered = stage.plan_of(planned.id)
    assert rendered is not None and rendered.plan.creates == ()

    gone = stage.execute(stage.create_destroy("upsun").id, answering=NOBODY)
    assert gone.state is RunState.SUCCEEDED, log_of(stage, gone)
    state = world(stage).read()
    assert (state["projects"], state["sites"], state["databases"]) == ({}, {}, {})


@pytest.mark.parametrize(
    ("scenario", "state", "words", "projects"),
    [
        ("logged-out", RunState.FAILED, "You are not logged in to Upsun.", 0),
        ("build-fails", RunState.FAILED, "The site was not deployed", 1),
        ("migration-fails", RunState.FAILED, "The migrations failed on Upsun", 1),
        ("network-lost", RunState.FAILED, "Upsun cannot be reached", 1),
    ],
)
def test_what_goes_wrong_has_a_name_and_a_way_out(
    service: Service, project: Project, scenario: str, state: RunState, words: str, projects: int
) -> None:
    before = project.fingerprint()
    stage = service.rehearsal("upsun", scenario=scenario)

    failed = deployed(stage)

    assert failed.state is state, log_of(stage, failed)
    assert failed.error is not None and words in failed.error.message and failed.error.hint
    assert project.fingerprint() == before
    assert len(world(stage).read().get("projects", {})) == projects


def test_after_a_failed_migration_the_next_deployment_works(service: Service) -> None:
    failed = deployed(service.rehearsal("upsun", scenario="migration-fails"))
    assert failed.state is RunState.FAILED

    stage = service.rehearsal("upsun")
    run = deployed(stage)

    assert (run.state, run.error) == (RunState.SUCCEEDED, None), log_of(stage, run)
    assert len(world(stage).read()["projects"]) == 1
