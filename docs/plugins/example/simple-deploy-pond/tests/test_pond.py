"""Tests of the plugin. They import simple_deploy.testing, and nothing else of the tool but its API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from simple_deploy_pond.plugin import Pond

from simple_deploy.api import CommandFailed
from simple_deploy.testing import (
    MakeProgram,
    MakeProject,
    RecordingContext,
    Reply,
    make_answers,
    make_facts,
    make_plan,
    platform_contract,
)


@pytest.mark.parametrize("layout", ["flat", "nested"])
def test_it_keeps_to_the_contract(layout: str, django_project: MakeProject) -> None:
    platform_contract(Pond(), django_project(layout).facts())


def test_the_start_command_names_the_projects_package() -> None:
    plan = make_plan(Pond(), make_facts(settings={"wsgi_application": "blog.wsgi.application"}), app_name="notes")

    written = json.loads(plan.file_steps[0].text)
    assert written["app"] == "notes"
    assert written["start"] == ["gunicorn", "blog.wsgi:application"]


def test_who_is_not_logged_in_is_told_how(fake_program: MakeProgram, tmp_path: Path) -> None:
    fake_program("pond", {"version": "pond 1.0\n", "whoami": Reply(output="Who are you?\n", exit_code=1)})
    ctx = RecordingContext(make_facts(), home=tmp_path)

    *_, finding = Pond().check(ctx)

    assert finding.id == "pond.logged-out"
    assert "pond login" in finding.fix


def test_only_this_projects_app_is_found(fake_program: MakeProgram, tmp_path: Path) -> None:
    fake_program("pond", {"apps list": "notes\nmysite\n"})
    facts = make_facts()
    ctx = RecordingContext(facts, home=tmp_path, answers=make_answers(Pond(), facts))

    assert [resource.name for resource in Pond().probe(ctx).resources] == ["mysite"]


def test_a_push_that_fails_raises(fake_program: MakeProgram, tmp_path: Path) -> None:
    fake_program("pond", {"push": Reply(output="too many ducks\n", exit_code=3)})
    ctx = RecordingContext(make_facts(), home=tmp_path)

    with pytest.raises(CommandFailed) as caught:
        Pond().perform("push", {"app": "mysite"}, ctx)

    assert caught.value.tail == ("too many ducks",)
    assert ctx.log == ("pond push --app mysite", "too many ducks")


def test_a_rehearsal_goes_the_whole_way(django_project: MakeProject) -> None:
    project = django_project()
    rehearse = ("--platform", "pond", "--rehearse", "--no-input")

    outcome = project.deploy(*rehearse, "--json").expect(0)

    assert ".pond.example" in outcome.output
    assert "mysite is up" in project.deploy(*rehearse, "--status").expect(0).output
    project.deploy(*rehearse, "--destroy", "--yes").expect(0)
    assert project.git("status", "--porcelain") == ""


@pytest.mark.parametrize("scenario", ["logged-out", "build-fails", "migration-fails", "health-check-fails"])
def test_what_goes_wrong_on_the_platform_ends_the_deployment(scenario: str, django_project: MakeProject) -> None:
    project = django_project()

    outcome = project.deploy("--platform", "pond", "--rehearse", "--scenario", scenario, "--no-input", "--json")

    assert outcome.exit_code != 0
    assert outcome.result["error"]["hint"]
    assert project.git("status", "--porcelain") == ""
