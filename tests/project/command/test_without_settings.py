"""``python -m simple_deploy``: what works from anywhere in the project, and when its settings are broken."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simple_deploy.runs.model import RunKind, RunState
from simple_deploy.runs.service import Service, remember
from tests.project.command.conftest import Called
from tests.support.repository import fingerprint, git

Call = Callable[..., Called]
Wait = Callable[..., object]


@pytest.fixture
def broken(project: Path) -> Path:
    settings = project / "mysite" / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + "\nimport nowhere_to_be_found\n", encoding="utf-8")
    git(project, "commit", "-q", "-a", "-m", "Break it")
    return project


@pytest.mark.slow
def test_a_project_the_tool_was_never_used_in(without_settings: Call, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for action in ("list", "show", "follow", "cancel", "undo", "link"):
        done = without_settings(action, cwd=empty)
        assert done.code == 2 and "simple_deploy has not been used in" in done.stderr, action
    assert without_settings("deploy", "--check", cwd=empty).code == 2
    wrong = without_settings("list", "--bogus")
    assert wrong.code == 2 and "unrecognized arguments: --bogus" in wrong.stderr


@pytest.mark.slow
def test_with_broken_settings(broken: Path, service: Service, without_settings: Call) -> None:
    before = fingerprint(broken)
    checked = without_settings("deploy", "--check", cwd=broken / "mysite")
    assert checked.code == 3 and "nowhere_to_be_found" in checked.stdout and "Traceback" not in checked.stderr
    planned = without_settings("deploy", "--platform", "toy", "--automate-all", "--json", "--project", str(broken))
    assert planned.status == (3, "blocked") and "nowhere_to_be_found" in planned.message, planned
    shown = without_settings("deploy", "--platform", "toy", "--help")
    assert shown.code == 0 and "--app-name TEXT" in shown.stdout
    unknown = without_settings("deploy", "--platform", "toy", "--variable-greeting", "Hello")
    assert unknown.code == 2 and "settings could not be loaded" in unknown.stderr and "--check" in unknown.stderr

    listed = without_settings("list", cwd=broken / "mysite")
    assert listed.code == 0 and planned.result["run"] in listed.stdout and "blocked" in listed.stdout
    elsewhere = broken.parent
    assert without_settings("--project", str(broken / "mysite"), "list", cwd=elsewhere).stdout == listed.stdout
    assert without_settings("list", "--project", str(broken), cwd=elsewhere).stdout == listed.stdout
    for run in (planned.result["run"], ""):
        summary = without_settings("show", *([run] if run else []))
        assert summary.code == 0 and summary.stdout.startswith("# The plan of")
    followed = without_settings("follow")
    assert followed.code == 3 and "✗ Look at the project" not in followed.stdout
    assert "nowhere_to_be_found" in followed.stdout
    address = without_settings("link").stdout.strip()
    assert " /simple-deploy/?code=" in address and len(address.partition("=")[2]) > 20
    nothing = without_settings("undo")
    assert nothing.code == 1 and "No run changed anything" in nothing.stderr
    assert without_settings("cancel").stdout == "Nothing is under way.\n"
    assert fingerprint(broken) == before


@pytest.mark.slow
def test_following_and_cancelling_what_another_process_does(
    project: Path, env: dict[str, str], service: Service, without_settings: Call, wait_for: Wait
) -> None:
    remember(service)
    before = fingerprint(project)
    planned = service.execute(service.create_plan("toy", {}).id)
    rendered = service.plan_of(planned.id)
    assert rendered is not None
    run = service.create_apply(planned.id, rendered.digest, RunKind.DEPLOY)
    program = (sys.executable, "-m", "simple_deploy")
    with subprocess.Popen([*program, "follow"], cwd=project, env=env, stdout=subprocess.PIPE) as follower:
        executing = subprocess.Popen([*program, "execute", run.id], cwd=project, env={**env, "TOY_SLOW": "create"})
        assert follower.stdout is not None
        shown = ""
        for line in follower.stdout:
            shown += line.decode("utf-8")
            if line.strip() == b"waiting":
                again = without_settings("execute", run.id)
                assert again.code == 0  # somebody does already
                cancelled = without_settings("cancel")
                assert cancelled.code == 0 and f"Run {run.id} was asked to stop" in cancelled.stdout
    assert follower.returncode == 130 and executing.wait(30) == 130
    assert "→ Create the app" in shown and "✗ Create the app  cancelled after" in shown
    assert service.run(run.id).state is RunState.CANCELLED and fingerprint(project) == before
