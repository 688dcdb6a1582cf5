"""Trying a plan: what it leaves behind, and what comes of packages that cannot be installed here."""

from __future__ import annotations

import datetime
import os
import sys
from contextlib import suppress
from pathlib import Path

import pluggy
import pytest

from simple_deploy.api import Answers, Call, Card, Hosting, Plan, Platform, ProjectFacts, Remote, WriteFile
from simple_deploy.core.errors import StateUnusable
from simple_deploy.core.events import Event, Output
from simple_deploy.platforms import hookspecs
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service
from tests.support.repository import git


@pytest.mark.slow
def test_what_is_compiled_while_a_plan_is_tried_stays_off_the_workbench(service: Service, environments: Path) -> None:
    run = service.execute(service.create_plan("toy", {}).id)
    assert run.state is RunState.SUCCEEDED, run.error
    assert list(service.store.tree(run.id).rglob("__pycache__")) == []
    files = (Path(folder, name).as_posix() for folder, _, names in os.walk(environments) for name in names)
    kept = [file for file in files if file.endswith(".pyc")]
    assert any("/django/" in path for path in kept)  # so that the next plan is tried faster
    assert [path for path in kept if run.id in path] == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows moves no folder in which a file is open")
def test_a_project_that_is_moved_while_its_plan_is_tried_is_not_begun_again_where_it_was(service: Service) -> None:
    root = service.location.root

    def move(event: Event) -> None:
        if isinstance(event.payload, Output) and event.payload.text.endswith("manage.py check") and root.exists():
            root.rename(root.with_name("moved"))

    run = service.create_plan("toy", {})
    with suppress(StateUnusable):
        done = service.execute(run.id, listeners=(move,))
        assert done.error is not None and "no longer there" in done.error.message
    assert root.with_name("moved").is_dir() and not root.exists()


class Elsewhere(Platform):
    """Asks for a package that this computer cannot have.

    :param installs_more: whether the platform may have it.
    """

    card = Card(slug="elsewhere", name="Elsewhere", summary="Far.", cost="Nothing", checked=datetime.date(2026, 11, 1))

    def __init__(self, *, installs_more: bool) -> None:
        self._hosting = Hosting(installs_more=installs_more)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        path = facts.dependencies.file or ""
        text = (facts.location.root / path).read_text(encoding="utf-8")
        text += "pond @ file:///nowhere/pond-1.0-py3-none-any.whl\n"
        write = WriteFile(id="write", title="…", why="…", path=path, text=text, if_exists="replace")
        return Plan(platform="elsewhere", steps=(write,), hosting=self._hosting)


def with_platform(service: Service, platform: Platform) -> Service:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    registry = PluginRegistry(manager, {platform.card.slug: platform}, ())
    return Service(service.location, service.conf, registry=registry)


@pytest.mark.slow
@pytest.mark.parametrize("installs_more", [True, False])
def test_what_only_the_platform_can_install_is_a_warning(service: Service, installs_more: bool) -> None:
    own = with_platform(service, Elsewhere(installs_more=installs_more))
    run = own.execute(own.create_plan("elsewhere", {}).id)
    if not installs_more:
        assert run.state is RunState.FAILED and run.error is not None and "requirements.txt" in run.error.message
        return
    assert run.state is RunState.SUCCEEDED, run.error
    rendered = own.plan_of(run.id)
    assert rendered is not None
    [found] = [each for each in rendered.findings if each.id == "trial.not-installed"]
    assert "requirements.txt cannot be installed" in found.title


class Unseen(Platform):
    """Knows no file before its call writes them."""

    card = Card(slug="unseen", name="Unseen", summary="Far.", cost="Nothing", checked=datetime.date(2026, 11, 1))
    rewrites = True

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        call = Call(id="deploy", title="Let it deploy", why="…", name="deploy", rewrites=True, once=True)
        return Plan(platform="unseen", steps=(call,))


@pytest.mark.slow
@pytest.mark.slice(2)
def test_what_a_call_may_add_is_not_missed_before_it_runs(service: Service) -> None:
    root = service.location.root
    with (root / "mysite" / "settings.py").open("a", encoding="utf-8") as file:
        file.write("import pluggy\n")  # which is here, and in no requirements
    git(root, "commit", "--quiet", "--all", "-m", "A package more")
    missed = service.execute(service.create_plan("toy", {}).id)
    assert missed.state is RunState.BLOCKED and missed.error is not None and "pluggy" in missed.error.message
    own = with_platform(service, Unseen())
    run = own.execute(own.create_plan("unseen", {}).id)
    assert run.state is RunState.SUCCEEDED, run.error
