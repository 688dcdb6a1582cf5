"""What stays on this computer after everything was undone and removed: named, as little as possible, and removable."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from simple_deploy.jobs import worker
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service, remember
from tests.attacks.claims import proves
from tests.project.command.conftest import Called, without_settings
from tests.project.command.console import Console
from tests.support.repository import fingerprint, git

__all__ = ["without_settings"]

pytestmark = pytest.mark.slow

Call = Callable[..., Called]


def deployed(service: Service) -> Run:
    planned = service.execute(service.create_plan("toy", {"app_name": "shop"}).id)
    rendered = service.plan_of(planned.id)
    assert rendered is not None, planned.error
    run = service.create_apply(planned.id, rendered.digest, RunKind.DEPLOY)
    done = service.execute(run.id, use_defaults=True, nobody=True)
    assert done.state is RunState.SUCCEEDED, done.error
    return done


def kept(service: Service, run: Run) -> list[str]:
    summary = service.summary(run.id)
    assert summary is not None
    return [row.title for section in summary.sections if section.id == "kept" for row in section.rows]


def trees(service: Service) -> list[Path]:
    return [*service.store.root.glob("runs/*/tree")]


@proves(
    "A project is undone and removed, in either order",
    "What is no longer needed is gone; the history stays, and the end of the run says what is kept, where, and "
    "how to remove it",
)
@pytest.mark.parametrize("first", ["undo", "destroy"])
def test_what_nothing_needs_goes_and_the_rest_is_named(first: str, service: Service, project: Path) -> None:
    before = fingerprint(project)
    run = deployed(service)
    steps = {"undo": lambda: service.create_undo(run.id), "destroy": lambda: service.create_destroy("toy")}
    one = service.execute(steps.pop(first)().id)
    assert one.state is RunState.SUCCEEDED and trees(service), "a plan may still be needed"
    (last,) = steps.values()
    other = service.execute(last().id)
    assert other.state is RunState.SUCCEEDED and not trees(service)
    history, *more = kept(service, other)
    assert history.startswith(f"The history of {len(service.store.ids())} runs")
    assert more[-1] == "To remove what is kept of this project"
    assert service.store.folder(run.id).joinpath("backup").is_dir()
    assert fingerprint(project) == before


@proves(
    "Everything known about a project is to be removed: its history, its rehearsals, its worker",
    "The command first says what it removes and what stays; after a yes nothing of it is left, and the project's "
    "files and what is deployed are as they were",
)
def test_everything_is_forgotten(service: Service, project: Path, env: dict[str, str], without_settings: Call) -> None:
    remember(service)
    deployed(service)
    worker.start(service)
    before, status = fingerprint(project), git(project, "status", "--porcelain")
    nobody = without_settings("forget")
    assert nobody.code == 2 and "--yes" in nobody.stderr and service.store.root.is_dir()
    with closing(Console(project, env, "-m", "simple_deploy", "forget")) as console:
        console.wait_for("What 1 of them changed in your files stays, and cannot be undone any more.")
        console.wait_for("What is deployed to toy stays there.")
        console.answer("Go on? [y/N]", "n")
        assert console.end() == 130
    assert service.store.root.is_dir()
    assert without_settings("forget", "--yes").code == 0
    assert not service.store.root.exists()
    assert (fingerprint(project), git(project, "status", "--porcelain")) == (before, status)
    assert [*Path(env["SIMPLE_DEPLOY_DATA_DIR"]).rglob("shop.app")], "what is deployed stays"


def test_nothing_is_forgotten_under_a_run(service: Service, without_settings: Call) -> None:
    remember(service)
    run = service.create_plan("toy", {})
    refused = without_settings("forget", "--yes")
    assert refused.code != 0 and run.id in refused.stderr and service.store.root.is_dir()
