"""A rehearsal: the unchanged plugin in a copy of the project, against a platform that is played on this computer."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from tests.support.project import manage

PLUGINS = Path(__file__).parent / "plugins"
SENTINEL = "a-key-for-the-puddle-that-nobody-sees"


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    return {**env, "PYTHONPATH": os.pathsep.join([env["PYTHONPATH"], str(PLUGINS)])}


@pytest.fixture
def service(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.syspath_prepend(str(PLUGINS))
    yield service
    service.end_rehearsal("puddle")


def deploy(service: Service) -> Run:
    planned = service.execute(service.create_plan("puddle", {}).id, nobody=True)
    rendered = service.plan_of(planned.id)
    if rendered is None or planned.state is not RunState.SUCCEEDED:
        return planned
    run = service.create_apply(planned.id, rendered.digest, RunKind.DEPLOY)
    return service.execute(run.id, nobody=True)


def everything(project: Path) -> dict[str, object]:
    """All of the project that a rehearsal must not touch: files, branches, remotes, settings of git."""
    state = project / ".simple_deploy"
    return {
        str(path.relative_to(project)): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and not path.is_relative_to(state) and "__pycache__" not in path.parts
    }


def get(url: str) -> str:
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection("127.0.0.1", parts.port)) as connection:
        connection.request("GET", parts.path or "/", headers={"Host": parts.netloc})
        return connection.getresponse().read().decode()


@pytest.mark.slow
def test_a_rehearsal_deploys_and_leaves_the_project_alone(service: Service, project: Path) -> None:
    before = everything(project)

    stage = service.rehearsal("puddle")
    run = deploy(stage)

    assert (run.state, run.error) == (RunState.SUCCEEDED, None)
    assert run.url is not None and run.url.startswith("http://mysite-puddle.localhost:")
    assert "at mysite.puddle.example over https" in get(run.url)
    assert everything(project) == before
    assert "# Rehearsal: mysite is deployed to Puddle" in (stage.summary_markdown(run.id) or "")
    assert service.runs() == ()  # a ledger of its own
    assert [each.id for each in stage.runs()][:1] == [run.id]
    found = [path for path in stage.store.root.rglob("*") if path.is_file() and SENTINEL.encode() in path.read_bytes()]
    assert found == []

    again = deploy(service.rehearsal("puddle"))
    assert again.state is RunState.SUCCEEDED
    assert list(stage.stage.world.read()["apps"]) == ["mysite"]  # type: ignore[union-attr]

    gone = stage.execute(stage.create_destroy("puddle").id, nobody=True)
    assert gone.state is RunState.SUCCEEDED
    state = stage.stage.world.read()  # type: ignore[union-attr]
    assert (state["apps"], state["sites"], state["processes"]) == ({}, {}, {})
    assert everything(project) == before


@pytest.mark.slow
def test_a_change_in_the_project_reaches_the_next_rehearsal(service: Service, project: Path) -> None:
    first = deploy(service.rehearsal("puddle"))
    (project / "news.txt").write_text("new\n", encoding="utf-8")
    subprocess.run(["git", "add", "news.txt"], cwd=project, check=True)
    subprocess.run(["git", "commit", "-qm", "News"], cwd=project, check=True)

    stage = service.rehearsal("puddle")
    second = deploy(stage)

    assert (stage.location.root / "news.txt").read_text(encoding="utf-8") == "new\n"
    assert second.state is RunState.SUCCEEDED
    assert first.url == second.url
    assert first.url is not None and get(first.url) != ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "state", "words"),
    [
        ("logged-out", RunState.BLOCKED, "not logged in"),
        ("cli-missing", RunState.BLOCKED, "not installed"),
        ("build-fails", RunState.FAILED, "broke off"),
    ],
)
def test_a_scenario_is_met_and_the_next_rehearsal_works(
    service: Service, project: Path, scenario: str, state: RunState, words: str
) -> None:
    before = everything(project)

    stage = service.rehearsal("puddle", scenario=scenario)
    met = deploy(stage)

    assert met.state is state
    assert met.error is not None
    assert words in f"{met.error.message} {stage.log_file(met.id).read_text(encoding='utf-8')}"
    assert everything(project) == before
    assert deploy(service.rehearsal("puddle")).state is RunState.SUCCEEDED


@pytest.mark.slow
def test_the_command_rehearses(service: Service, project: Path, env: dict[str, str]) -> None:
    before = everything(project)

    done = manage(project, "deploy", "--platform", "puddle", "--rehearse", "--yes", env=env)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "This is a rehearsal" in done.stdout
    assert "http://mysite-puddle.localhost:" in done.stdout
    assert everything(project) == before
    gone = manage(project, "deploy", "--platform", "puddle", "--rehearse", "--destroy", "--yes", env=env)
    assert gone.returncode == 0, gone.stdout + gone.stderr


@pytest.mark.slow
def test_everything_is_downloaded_ahead(project: Path, service: Service, env: dict[str, str]) -> None:
    done = manage(project, "deploy", "--platform", "puddle", "--rehearse", "--prepare", "--yes", env=env)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.index("Water is here.") < done.stdout.index("Ready: rehearsals no longer need a network.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--platform", "puddle", "--prepare"), 2, "about rehearsals"),
        (("--platform", "toy", "--rehearse"), 2, "cannot be rehearsed"),
        (("--platform", "vps", "--rehearse"), 2, "does not boot one"),
        (("--platform", "puddle", "--rehearse", "--scenario", "flood"), 2, "no scenario “flood”"),
        (("--platform", "puddle", "--rehearse", "--destroy", "--yes"), 2, "have not rehearsed a deployment"),
    ],
)
def test_what_cannot_be_rehearsed_is_said(
    project: Path, env: dict[str, str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = manage(project, "deploy", *arguments, env=env)

    assert done.returncode == code
    assert words in done.stderr


def test_nobody_else_can_read_what_is_on_the_stage(service: Service, wait_for: Callable[..., object]) -> None:
    stage = service.rehearsal("puddle").stage

    assert stage is not None
    if os.name != "nt":
        assert stage.folder.stat().st_mode & 0o077 == 0
