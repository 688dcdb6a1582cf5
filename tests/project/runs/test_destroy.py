"""Removing what was deployed: what is said of it, and what is forgotten with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.resources import Resource
from simple_deploy.management.result import Result
from simple_deploy.runs.model import RunState
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
    assert service.remembered_answers("toy") == {"size": "big", "app_name": "blog"}

    done = service.execute(service.create_destroy("toy").id)
    assert done.state is RunState.SUCCEEDED and not (cloud / "blog.app").exists()
    made = service.summary(done.id)
    assert made is not None and made.title.endswith("was removed from Toy cloud")
    assert [row.title for row in made.sections[0].rows] == ["App blog"]
    assert service.remembered_answers("toy") == {} and service.known_resources("toy") == ()
    assert (Result.of_run(done).status, Result.of_run(done).exit_code) == ("succeeded", 0)

    again = service.execute(service.create_destroy("toy").id)
    made = service.summary(again.id)
    assert made is not None and made.title.startswith("There is nothing of")
    assert (Result.of_run(again).status, Result.of_run(again).exit_code) == ("nothing-to-do", 0)
