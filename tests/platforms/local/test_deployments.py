"""Deploying a project of one's own to this computer: again, in vain, cancelled, stopped, removed."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from simple_deploy_local import sites

from simple_deploy.core.events import Event, Output, StepStarted
from simple_deploy.runs.model import Run
from simple_deploy.runs.service import Service
from tests.platforms.local.conftest import Load, can_bind, fetch, nothing_runs
from tests.platforms.local.projects import Owner
from tests.platforms.local.test_platform import Browser, broken
from tests.support.ports import free_port
from tests.support.repository import fingerprint, git
from tests.support.waiting import waited

# Each has a project and a site of its own, unlike those that look at the one site of test_platform.py.
pytestmark = [pytest.mark.slow, pytest.mark.slice(2)]


def test_a_second_deployment_takes_over_without_losing_a_request_and_can_be_taken_back(owner: Owner) -> None:
    owner.deployed()
    first = owner.site
    Browser(first.url).post("/", text="written by a visitor")
    owner.release("second")

    cancelled = owner.deploy(listener=at_step("Visit the site"), port="")
    assert cancelled.state.value == "cancelled"
    waited(lambda: "first" in fetch(first.port), "the first release to serve again")
    assert owner.site == first

    with Load(first.port) as load:
        load.goes_on()
        owner.deployed(copy_data=True, port="")
        load.goes_on()
    assert {answer[:3] for answer in load.answers} == {"200"}
    page, second = fetch(first.port), owner.site
    assert "second" in page
    assert "written by a visitor" in page
    assert (second.folder, second.port) == (first.folder, first.port)
    assert [site.folder for site in sites.all_in(owner.home)] == [first.folder]

    owner.operate("rollback")
    assert "first" in fetch(first.port)
    assert owner.site.current == first.current

    unknown = owner.operate("rollback", release="of-another-site")
    assert unknown.error is not None and str(second.current) in unknown.error.hint
    assert owner.site.current == first.current
    owner.operate("rollback", release=str(second.current))
    assert "second" in fetch(first.port)
    assert owner.site.current == second.current


def test_a_first_deployment_that_fails_leaves_nothing_running_and_can_be_fixed(owner: Owner) -> None:
    broken(owner, "a template with a static file that is missing")
    head = git(owner.root, "rev-parse", "HEAD")

    run = owner.deploy()

    assert run.state.value == "failed"
    nothing_runs(owner.home)
    assert can_bind(owner.site.port)
    assert git(owner.root, "rev-parse", "HEAD") == head
    assert git(owner.root, "status", "--porcelain") == ""
    failed = owner.site

    git(owner.root, "revert", "--no-edit", "HEAD")
    owner.deployed(port="")

    assert (owner.site.folder, owner.site.port) == (failed.folder, failed.port)
    assert [folder.name for folder in (owner.site.folder / "releases").iterdir()] == [owner.site.current]


# --- cancelling ------------------------------------------------------------------------------------------------------


def at_step(title: str) -> Callable[[Service, Run, Event], None]:
    """Cancels the run when the step *title* begins to do something."""
    seen = []

    def listen(service: Service, run: Run, event: Event) -> None:
        if isinstance(event.payload, StepStarted) and event.payload.title == title:
            seen.append(title)
            if title not in ("Install the packages", "Try the release"):
                service.cancel(run.id)
        elif seen == [title] and isinstance(event.payload, Output):
            service.cancel(run.id)

    return listen


@pytest.mark.parametrize("title", ["Install the packages", "Try the release", "Visit the site"])
def test_cancelling_leaves_no_process_no_port_and_the_project_as_it_was(owner: Owner, title: str) -> None:
    head, files = git(owner.root, "rev-parse", "HEAD"), fingerprint(owner.root)

    run = owner.deploy(listener=at_step(title))

    assert run.state.value == "cancelled"
    nothing_runs(owner.home)
    assert can_bind(owner.site.port)
    assert (git(owner.root, "rev-parse", "HEAD"), fingerprint(owner.root)) == (head, files)


# --- stop, start, destroy --------------------------------------------------------------------------------------------


def test_a_stopped_site_starts_again_with_its_data(owner: Owner) -> None:
    owner.deployed()
    Browser(owner.site.url).post("/", text="still there")

    stopped = owner.service.site(owner.operate("stop").id)
    assert stopped is not None
    assert (stopped.running, stopped.url) == (False, None)
    nothing_runs(owner.home)
    assert can_bind(owner.site.port)

    with socket.create_server(("127.0.0.1", owner.site.port)):
        refused = owner.operate("start")
    assert refused.error is not None
    assert "used by another program" in refused.error.message
    assert "another port" in refused.error.hint

    owner.operate("start")
    assert "still there" in fetch(owner.site.port)


def test_destroying_and_undoing_leave_nothing_behind(owner: Owner) -> None:
    files = fingerprint(owner.root)
    owner.deployed()
    port = owner.site.port

    assert owner.destroy().state.value == "succeeded"
    service = owner.service
    service.execute(service.create_undo().id)

    assert sites.all_in(owner.home) == ()
    nothing_runs(owner.home)
    assert can_bind(port)
    assert fingerprint(owner.root) == files
    assert git(owner.root, "status", "--porcelain") == ""


def test_a_moved_project_has_its_site_and_no_clone_or_copy_has_it(owner: Owner, tmp_path: Path) -> None:
    """Not even where the folder of the site's project is gone, and the history has the commit that it serves."""
    owner.deployed()
    of_clone = replace(owner.site, folder=owner.home / "of-a-clone", project=str(tmp_path / "gone"), mark="gone")
    of_clone.folder.mkdir()
    of_clone.record.write_text(of_clone.to_json(), encoding="utf-8")
    copy = replace(owner, root=shutil.copytree(owner.root, tmp_path / "copy" / owner.root.name, symlinks=True))
    said = copy.operate("status").error
    assert said is not None and "no site on this computer" in said.message

    owner = replace(owner, root=owner.root.rename(tmp_path / "moved"))
    state = owner.service.site(owner.operate("status").id)
    assert state is not None and state.running
    run = owner.destroy()

    assert run.state.value == "succeeded", run.error
    assert sites.all_in(owner.home) == (of_clone,)
    nothing_runs(owner.home)


# --- answers ---------------------------------------------------------------------------------------------------------


def test_an_admin_user_is_made_when_asked_for(owner: Owner) -> None:
    password = "a password of the tests"
    owner.deployed(create_admin="yes", admin_username="grace", admin_password=password)

    page = Browser(owner.site.url).post("/admin/login/?next=/admin/", username="grace", password=password)

    assert "Log out" in page
    inside = [path for path in owner.root.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert inside == []


def test_a_port_that_was_asked_for_is_used_and_can_be_changed(owner: Owner) -> None:
    first, second = free_port(), free_port()
    owner.deployed(port=str(first))
    assert owner.site.url == f"http://127.0.0.1:{first}/"

    owner.deployed(port=str(second))

    assert "first" in fetch(second)
    assert can_bind(first)


def test_a_port_that_is_taken_is_said_before_anything_is_changed(owner: Owner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = owner.deploy(port=str(port))

    assert run.state.value == "blocked"
    assert run.error is not None
    assert str(port) in run.error.message
    assert "--port" in run.error.hint
    assert sites.all_in(owner.home) == ()
