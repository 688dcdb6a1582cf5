"""A site that went down though nobody stopped it comes back; one that was stopped stays down."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil
import pytest
from simple_deploy_local import supervisor

from simple_deploy.jobs.dispatch import dispatch
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.system import process
from tests.platforms.local.conftest import Site, can_bind, fetch, processes
from tests.platforms.local.projects import Owner
from tests.support.waiting import waited
from tests.web.conftest import Browser, words

pytestmark = pytest.mark.slow  # each starts servers, and waits for them to end


def kill(owner: Owner) -> None:
    """The supervisor is killed by force; what it held goes by itself."""
    state = json.loads((owner.site.server / supervisor.STATE).read_text(encoding="utf-8"))
    psutil.Process(state["pid"]).kill()
    waited(lambda: not processes(owner.home), "the site to end")


def starts(owner: Owner) -> list[Run]:
    return [run for run in owner.service.runs() if run.kind is RunKind.OPERATE and run.subject == "start"]


def visit(owner: Owner, page: str = "") -> str:
    """Look at a page of the dashboard, and have done what it hands on; returns the page."""
    browser = Browser(owner.service)
    html = browser.page(page)
    for run in browser.background.asked:
        owner.service.execute(run)
    return words(html)


@contextmanager
def real_worker(owner: Owner) -> Iterator[None]:
    """The worker that is started meanwhile, as by a server, is ended afterwards."""
    try:
        yield
    finally:
        for each in psutil.process_iter(["cwd"]):
            if each.info["cwd"] == str(owner.root) and each.pid != os.getpid():
                process.kill_tree(each.pid)


def command(owner: Owner, *words: str) -> subprocess.CompletedProcess[str]:
    env: Mapping[str, str] = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mysite.settings",
        "SIMPLE_DEPLOY_DATA_DIR": str(owner.conf.data_dir),
        "SIMPLE_DEPLOY_CACHE_DIR": str(owner.conf.cache_dir),
    }
    return subprocess.run(
        [sys.executable, "manage.py", "deploy", *words],
        cwd=owner.folder,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )


def test_a_site_whose_supervisor_was_killed_answers_again_after_a_visit_or_a_command(owner: Owner) -> None:
    owner.deployed()
    kill(owner)
    assert can_bind(owner.site.port)

    browser = Browser(owner.service)
    with real_worker(owner):
        browser.page()
        (handed_on,) = browser.background.asked
        dispatch(owner.service, owner.service.run(handed_on))
        waited(lambda: not owner.service.active())

    assert "first" in fetch(owner.site.port)
    (run,) = starts(owner)
    assert run.state.value == "succeeded"
    assert "The site went down though nobody stopped it. It is started again." in owner.output(run)
    visit(owner)
    assert len(starts(owner)) == 1

    kill(owner)
    done = command(owner, "--platform", "local", "--status")
    assert "went down though nobody stopped it" in done.stdout
    assert f"answers at {owner.site.url}" in done.stdout
    assert "first" in fetch(owner.site.port)
    assert len(starts(owner)) == 2

    kill(owner)
    lines = [json.loads(line) for line in command(owner, "--platform=local", "--status", "--json").stdout.splitlines()]
    assert len({line["run"] for line in lines if line["type"] == "event"}) == 1
    assert lines[-1]["status"] == "succeeded"
    assert "first" in fetch(owner.site.port)
    assert len(starts(owner)) == 3


def test_a_site_that_was_stopped_on_purpose_stays_down(owner: Owner) -> None:
    owner.deployed()
    owner.operate("stop")
    visit(owner)
    command(owner, "--platform", "local", "--status")
    assert starts(owner) == []

    owner.operate("start")
    kill(owner)
    assert command(owner, "--platform", "local", "--stop").returncode == 0
    visit(owner, "platforms/local/")

    assert len(starts(owner)) == 1  # the one that was asked for
    assert processes(owner.home) == []


def test_a_start_that_cannot_succeed_is_tried_once_and_says_why(owner: Owner) -> None:
    owner.deployed()
    kill(owner)
    with socket.create_server(("127.0.0.1", owner.site.port)):
        visit(owner)
        visit(owner, "platforms/local/")
        done = command(owner, "--platform", "local", "--status")

    (run,) = starts(owner)
    assert run.error is not None
    assert "used by another program" in run.error.message
    assert "is not running" in done.stdout
    visit(owner)
    assert len(starts(owner)) == 1

    owner.operate("start")
    assert "first" in fetch(owner.site.port)


def test_a_site_that_the_system_ended_is_known_from_one_that_was_stopped(site: Site) -> None:
    folder = site.folder / "server"
    assert supervisor.went_down(folder) == ""
    site.up("one")
    assert supervisor.went_down(folder) == ""

    pid = site.control.status().pid
    assert pid is not None
    psutil.Process(pid).terminate()
    waited(lambda: not site.control.status().running)
    first = supervisor.went_down(folder)
    assert first

    site.control.start(port=site.port)
    assert supervisor.went_down(folder) == ""
    pid = site.control.status().pid
    assert pid is not None
    psutil.Process(pid).kill()
    waited(lambda: not site.control.status().running)
    assert supervisor.went_down(folder) not in ("", first)

    site.control.stop()
    assert supervisor.went_down(folder) == ""


def test_a_candidate_that_nobody_waits_for_any_more_did_not_go_down(site: Site) -> None:
    site.control.start(port=0, lease=0.2)
    waited(lambda: not site.control.status().running)

    assert supervisor.went_down(site.folder / "server") == ""
