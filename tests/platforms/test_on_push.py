"""The workflow by which GitHub deploys each push: what it does is what the tool does, and it holds no secret."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from simple_deploy_flyio import commands as fly
from simple_deploy_flyio.plugin import FlyPlatform
from simple_deploy_heroku.plugin import HerokuPlatform
from simple_deploy_upsun.plugin import UpsunPlatform

from simple_deploy.api import FinishedRun, GitFacts, Plan, Platform, Remote, Resource, WriteFile
from simple_deploy.testing import make_answers, make_facts, make_plan
from tests.support.repository import git

PLATFORMS: dict[str, tuple[Platform, dict[str, object]]] = {
    "flyio": (FlyPlatform(), {"database": "sqlite", "deployed_project_name": "slow-train"}),
    "heroku": (HerokuPlatform(), {"deployed_project_name": "slow-train"}),
    "upsun": (UpsunPlatform(), {}),
}

#: What is on the platform when the workflow is planned: Upsun names the project itself.
THERE = {
    "upsun": Remote(
        resources=(Resource(kind="project", name="Slow train", remote_id="slow-train"),),
        values={"title": "Slow train", "project": "slow-train", "branch": "live"},
    )
}


def planned(slug: str, *, branch: str | None = "main", **given: object) -> Plan:
    platform, usual = PLATFORMS[slug]
    facts = make_facts(git=GitFacts(head="0" * 40, branch=branch))
    there = THERE.get(slug, Remote())
    return make_plan(platform, facts, there, **{**usual, "deploy_on_push": True, **given})


def workflow(plan: Plan) -> tuple[WriteFile, dict[Any, Any]]:
    (step,) = (each for each in plan.file_steps if each.id == "on-push")
    assert isinstance(step, WriteFile)
    return step, yaml.safe_load(step.text)


@pytest.mark.parametrize("slug", PLATFORMS)
def test_nothing_is_added_unless_it_is_asked_for(slug: str) -> None:
    plan = planned(slug, deploy_on_push=False)

    assert "on-push" not in {step.id for step in plan.steps}
    assert f"{slug}.on-push" not in {finding.id for finding in plan.findings}


@pytest.mark.parametrize("slug", PLATFORMS)
@pytest.mark.parametrize("branch", ["main", "work/new", 'a"b', "1.0", "on", None], ids=str)
def test_each_push_to_the_branch_starts_one_deployment_after_another(slug: str, branch: str | None) -> None:
    step, text = workflow(planned(slug, branch=branch))

    assert step.path == f".github/workflows/deploy-{slug}.yml"
    assert text[True] == {"push": {"branches": [branch or "main"]}}  # YAML takes the word on for a truth
    assert text["permissions"] == {"contents": "read"}
    assert text["concurrency"] == f"deploy-{slug}"
    checkout = text["jobs"]["deploy"]["steps"][0]
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_a_name_that_github_would_take_for_a_pattern_means_that_branch_alone() -> None:
    assert workflow(planned("flyio", branch="c++"))[1][True]["push"]["branches"] == [r"c\+\+"]


@pytest.mark.parametrize("slug", PLATFORMS)
def test_the_one_secret_is_named_and_how_it_is_made_is_said(slug: str) -> None:
    platform, usual = PLATFORMS[slug]
    plan = planned(slug)
    _, text = workflow(plan)
    (secret,) = text["jobs"]["deploy"]["steps"][-1]["env"]
    finding = next(each for each in plan.findings if each.id == f"{slug}.on-push")

    assert text["jobs"]["deploy"]["steps"][-1]["env"] == {secret: f"${{{{ secrets.{secret} }}}}"}
    assert secret in finding.title and ("slow-train" in finding.fix or "console" in finding.fix)
    facts = make_facts()
    run = FinishedRun(
        id="1",
        kind="deploy",
        platform=slug,
        state="succeeded",
        url=None,
        facts=facts,
        answers=make_answers(platform, facts, **{**usual, "deploy_on_push": True}),
        results={"project": "slow-train"},
    )
    assert any(secret in each.title and each.command in finding.fix for each in platform.next_steps(run))


def test_on_flyio_it_deploys_as_the_tool_does() -> None:
    _, text = workflow(planned("flyio"))
    assert tuple(shlex.split(text["jobs"]["deploy"]["steps"][-1]["run"]))[1:] == fly.DEPLOY[1:]


def test_on_upsun_it_pushes_to_the_project_and_the_branch_that_serve() -> None:
    _, text = workflow(planned("upsun"))
    install, push = text["jobs"]["deploy"]["steps"][-1]["run"].strip().split(" && ")
    assert "installer.sh" in install
    assert push == "upsun push --project slow-train --target live --force --yes"


def test_on_upsun_it_waits_for_the_project() -> None:
    platform, _ = PLATFORMS["upsun"]
    plan = make_plan(platform, make_facts(), Remote(), deploy_on_push=True)
    assert "on-push" not in {step.id for step in plan.steps}
    assert "plan again" in next(each.fix for each in plan.findings if each.id == "upsun.on-push-later")


def test_a_requirements_file_that_only_a_plan_writes_is_told_of() -> None:
    platform, usual = PLATFORMS["heroku"]
    facts = make_facts()
    below = make_facts(
        dependencies=type(facts.dependencies)(manager="pdm", file="pyproject.toml", files=("pyproject.toml",))
    )
    plan = make_plan(platform, below, Remote(), **{**usual, "deploy_on_push": True})
    assert "Only this tool writes requirements.txt" in next(f.why for f in plan.findings if f.id == "heroku.on-push")


@pytest.mark.skipif(shutil.which("bash") is None, reason="GitHub runs it in bash, on Linux")
def test_on_heroku_the_commit_that_was_pushed_replaces_what_is_there(tmp_path: Path) -> None:
    """The very line of the workflow, with a repository in the place of Heroku's."""
    there, here = tmp_path / "slow-train.git", tmp_path / "here"
    git(tmp_path, "init", "--quiet", "--bare", str(there))
    for number in ("one", "two"):
        git(tmp_path, "init", "--quiet", "-b", "work", str(here / number))
        git(here / number, "commit", "--quiet", "--allow-empty", "-m", number)
    git(here / "one", "push", "--quiet", str(there), "HEAD:refs/heads/main")
    _, text = workflow(planned("heroku"))
    line = text["jobs"]["deploy"]["steps"][-1]["run"]
    env = {
        **os.environ,
        "HEROKU_API_KEY": "made-up",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{there.as_posix()}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://git.heroku.com/slow-train.git",
    }

    subprocess.run(["bash", "-e", "-c", line], cwd=here / "two", env=env, check=True, capture_output=True)

    assert git(there, "log", "-1", "--format=%s", "main").strip() == "two"
    # Who is asked for the password answers with the token, which no command line holds.
    helper = next(word for word in shlex.split(line) if word.startswith("credential.helper=!"))
    asked = subprocess.run(
        ["bash", "-c", helper.partition("!")[2] + " get"], env=env, check=True, capture_output=True, text=True
    )
    assert asked.stdout == "username=heroku\npassword=made-up\n"
