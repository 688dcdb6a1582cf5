"""A project that was configured and not committed: the tool knows its own files, and every other change by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.findings import Level
from simple_deploy.engine.context import SystemClock
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from tests.support.repository import fingerprint, git

pytestmark = pytest.mark.slow


def run(service: Service, kind: RunKind, **plan: object) -> Run:
    planned = service.execute(service.create_plan("toy", {}, **plan).id)  # type: ignore[arg-type]
    assert planned.state is RunState.SUCCEEDED, planned.error
    rendered = service.plan_of(planned.id)
    assert rendered is not None
    applied = service.create_apply(planned.id, rendered.digest, kind)
    done = service.execute(applied.id, use_defaults=True, nobody=True)
    assert done.state is RunState.SUCCEEDED, done.error
    return done


def undo(service: Service) -> Run:
    done = service.execute(service.create_undo().id)
    assert done.state is RunState.SUCCEEDED, done.error
    return done


def named(service: Service) -> tuple[str, ...]:
    """The files that stand in the way."""
    findings = service.inspection(fresh=True).findings
    return next((each.details for each in findings if each.id == "git.uncommitted" and each.level is Level.BLOCKER), ())


def test_what_was_configured_is_deployed_without_a_commit_in_between(project: Path, service: Service) -> None:
    before, head = fingerprint(project), git(project, "rev-parse", "HEAD")
    run(service, RunKind.CONFIGURE)
    configured = fingerprint(project)
    assert configured != before and git(project, "rev-parse", "HEAD") == head
    assert named(service) == ()
    assert "git.only-ours" in {finding.id for finding in service.inspection().findings}

    deployed = run(service, RunKind.DEPLOY)
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "rev-parse", "HEAD") == deployed.commit
    assert fingerprint(project) == configured
    files = git(project, "show", "--name-only", "--format=").splitlines()
    assert sorted(files) == ["mysite/settings.py", "requirements.txt", "toy.toml"]

    undo(service)  # the commit
    assert fingerprint(project) == configured
    assert git(project, "diff", head, "HEAD") == ""
    undo(service)  # the files
    assert fingerprint(project) == before
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("path", "text"), [("mysite/settings.py", "TIME_ZONE = 'Europe/Vienna'\n"), ("toy.toml", "mine\n"), ("notes", "x")]
)
def test_a_file_edited_by_hand_since_is_still_named(project: Path, service: Service, path: str, text: str) -> None:
    run(service, RunKind.CONFIGURE)
    with (project / path).open("a", encoding="utf-8") as file:
        file.write(text)
    assert [line.split()[0] for line in named(service)] == [path]


def test_work_that_was_deployed_along_by_choice_does_not_become_the_tools(project: Path, service: Service) -> None:
    with (project / "mysite" / "settings.py").open("a", encoding="utf-8") as file:
        file.write("HALF_DONE = True\n")
    run(service, RunKind.CONFIGURE, allow_dirty=True)
    assert "mysite/settings.py" in " ".join(named(service))


def test_configuring_twice_leaves_one_thing_to_undo(project: Path, service: Service) -> None:
    before = fingerprint(project)
    run(service, RunKind.CONFIGURE)
    again = run(service, RunKind.CONFIGURE)
    assert not again.can_be_undone
    undo(service)
    assert fingerprint(project) == before


class Clock(SystemClock):
    """One that was set back by a day."""

    def now(self) -> float:
        return super().now() - 86_400


def test_the_last_run_is_the_last_one_also_after_the_clock_was_set_back(project: Path, service: Service) -> None:
    before = fingerprint(project)
    run(service, RunKind.CONFIGURE)
    configured = fingerprint(project)
    later = Service(service.location, clock=Clock())
    deployed = run(later, RunKind.DEPLOY)
    assert next(iter(service.runs())).id == deployed.id
    assert undo(service).subject == deployed.id
    assert fingerprint(project) == configured
    undo(later)
    assert fingerprint(project) == before
