"""Removing what was deployed: what is said of it, and what is forgotten with it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.api import Context, Remote
from simple_deploy.cli.result import Result
from simple_deploy.core.resources import Resource
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs.model import RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import Target


@pytest.mark.slow
def test_what_is_there_is_removed_and_named_and_the_answers_go_with_it(service: Service, env: dict[str, str]) -> None:
    cloud = Path(env["SIMPLE_DEPLOY_DATA_DIR"]) / "toy"
    cloud.mkdir(parents=True)
    (cloud / "blog.app").touch()
    service.store.prepare()
    app = Resource(kind="app", name="blog")
    service.store.save_target(Target(platform="toy", answers={"size": "big", "app_name": "blog"}, resources=(app,)))
    assert service.questions("toy").remembered == {"size": "big", "app_name": "blog"}

    done = service.execute(service.create_destroy("toy").id)
    assert done.state is RunState.SUCCEEDED and not (cloud / "blog.app").exists()
    made = service.summary(done.id)
    assert made is not None and made.title.endswith("was removed from Toy cloud")
    assert [row.title for row in made.sections[0].rows] == ["App blog"]
    assert service.questions("toy").remembered == {} and service.known_resources("toy") == ()
    assert (Result.of_run(done).status, Result.of_run(done).exit_code) == ("succeeded", 0)

    again = service.execute(service.create_destroy("toy").id)
    made = service.summary(again.id)
    assert made is not None and made.title.startswith("Nothing of")
    assert (Result.of_run(again).status, Result.of_run(again).exit_code) == ("nothing-to-do", 0)


@pytest.fixture
def by_name(service: Service) -> Service:
    """The same where the platform can be asked for one name only, as those that everybody shares."""
    from simple_deploy_toy import Toy  # on the path of the fixture *service*

    class Named(Toy):
        def probe(self, ctx: Context) -> Remote:
            asked = ctx.answers.text("app_name") or "mysite"
            return replace(super().probe(ctx), resources=[x for x in super().probe(ctx).resources if x.name == asked])

    registry = PluginRegistry(service.registry._manager, {"toy": Named()}, ())
    return Service(service.location, registry=registry)


@pytest.mark.slow
def test_a_site_is_found_after_an_undo_with_what_was_remembered_lost(by_name: Service, env: dict[str, str]) -> None:
    cloud = Path(env["SIMPLE_DEPLOY_DATA_DIR"]) / "toy"
    planned = by_name.execute(by_name.create_plan("toy", {"app_name": "journal"}).id)
    rendered = by_name.plan_of(planned.id)
    assert rendered is not None
    deployed = by_name.create_apply(planned.id, rendered.digest, RunKind.DEPLOY)
    assert by_name.execute(deployed.id, use_defaults=True, nobody=True).state is RunState.SUCCEEDED
    assert by_name.execute(by_name.create_undo().id).state is RunState.SUCCEEDED
    shutil.rmtree(by_name.store.root / "targets")
    assert (cloud / "journal.app").exists()
    assert by_name.execute(by_name.create_destroy("toy").id).state is RunState.SUCCEEDED
    assert not (cloud / "journal.app").exists()


@pytest.mark.slow
def test_a_site_that_nothing_names_any_more_is_removed_by_its_name(by_name: Service, env: dict[str, str]) -> None:
    cloud = Path(env["SIMPLE_DEPLOY_DATA_DIR"]) / "toy"
    cloud.mkdir(parents=True)
    (cloud / "journal.app").touch()
    nothing = by_name.execute(by_name.create_destroy("toy").id)
    made = by_name.summary(nothing.id)
    assert made is not None and "under the names" in made.lead
    assert (cloud / "journal.app").exists()
    assert by_name.execute(by_name.create_destroy("toy", {"app_name": "journal"}).id).state is RunState.SUCCEEDED
    assert not (cloud / "journal.app").exists()
