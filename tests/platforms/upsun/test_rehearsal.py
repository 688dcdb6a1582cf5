"""The whole way, against Upsun as it is played on this computer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from simple_deploy_upsun.simulator.site import Site

from simple_deploy.engine import process
from simple_deploy.rehearsal import World
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.scope import Answering
from simple_deploy.runs.service import Service
from simple_deploy.testing import Shape
from simple_deploy.testkit.projects import Project
from tests.support.repository import git
from tests.support.shapes import Shapes
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
NOBODY = Answering(nobody=True)
ADMIN = (
    "DJANGO_SUPERUSER_USERNAME=ada DJANGO_SUPERUSER_EMAIL=ada@example.com DJANGO_SUPERUSER_PASSWORD=a-long-password-9"
)


@pytest.fixture
def shape() -> Shape:
    return Shape(layout="nested")


@pytest.fixture
def project(shape: Shape, shapes: Shapes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = shapes.project(shape, tmp_path / "slow-train")
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


def log_of(service: Service, run: Run) -> str:
    return (service.store.root / "runs" / run.id / "deploy.log").read_text(encoding="utf-8")


def test_a_site_is_made_once_served_deployed_again_and_destroyed(service: Service, project: Project) -> None:
    before = project.fingerprint()
    stage = service.rehearsal("upsun")

    first = deployed(stage)
    assert (first.state, first.error) == (RunState.SUCCEEDED, None), log_of(stage, first)
    assert first.url is not None
    visitor = Visitor(first.url)
    status, page = visitor.get()
    assert status == 200 and "Slow Train" in page
    assert visitor.stylesheet()[0] == 200
    assert project.fingerprint() == before
    (id_,) = world(stage).read()["projects"]
    site = Site(world(stage), id_)
    assert site.run(f"{ADMIN} python blog/manage.py createsuperuser --noinput", "main") == 0
    visitor.log_in("ada", "a-long-password-9")
    (world(stage).folder / "storage" / id_ / "media" / "a.txt").write_text("uploaded", encoding="utf-8")

    # Again, after a change; the project on Upsun is the same.
    template = project.folder / "templates" / "base.html"
    changed = template.read_text(encoding="utf-8").replace("Made with", "Made once more with")
    template.write_text(changed, encoding="utf-8")
    project.commit("Change")
    stage = service.rehearsal("upsun")
    again = deployed(stage)
    assert (again.state, again.error) == (RunState.SUCCEEDED, None), log_of(stage, again)
    assert list(world(stage).read()["projects"]) == [id_]
    assert "once more" in visitor.get()[1]
    assert visitor.get("/media/a.txt") == (200, "uploaded")
    Visitor(first.url).log_in("ada", "a-long-password-9")

    # Whatever is known on this computer is lost, and it is still found.
    assert stage.stage is not None
    git(stage.location.root, "clean", "-fdx", "--quiet")
    assert not (stage.store.root / "targets").exists()
    stage = service.rehearsal("upsun")
    planned = stage.execute(stage.create_plan("upsun", {}).id, answering=NOBODY)
    rendered = stage.plan_of(planned.id)
    assert rendered is not None and rendered.plan.creates == ()

    status = stage.execute(stage.create_operation("upsun", "status").id, answering=NOBODY)
    assert status.state is RunState.SUCCEEDED, log_of(stage, status)

    gone = stage.execute(stage.create_destroy("upsun").id, answering=NOBODY)
    assert gone.state is RunState.SUCCEEDED, log_of(stage, gone)
    state = world(stage).read()
    assert (state["projects"], state["sites"], state["databases"]) == ({}, {}, {})


@pytest.mark.parametrize(
    ("scenario", "state", "words", "projects"),
    [
        ("logged-out", RunState.FAILED, "You are not logged in to Upsun.", 0),
        ("cli-missing", RunState.FAILED, "The program `upsun` is not installed.", 0),
        ("health-check-fails", RunState.FAILED, "ALLOWED_HOSTS", 1),
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
