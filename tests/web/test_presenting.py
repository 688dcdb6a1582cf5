"""Presenter mode and the replay, over a real project and a real run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from simple_deploy.present import file
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.service import Service
from tests.support import recorded
from tests.web.conftest import Browser, text
from tests.web.servers import public


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return recorded.service(tmp_path)


@pytest.fixture
def run(service: Service) -> Run:
    """A deployment that took place."""
    return recorded.deploy(service)


def feed(browser: Browser, run: str, after: int = 0) -> dict[str, object]:
    found: dict[str, object] = json.loads(browser.page(f"runs/{run}/present/feed/?after={after}"))
    return found


def test_a_run_can_be_presented_and_a_finished_one_saved(browser: Browser, run: Run) -> None:
    page = browser.page(f"runs/{run.id}/")
    assert f'href="{browser.home}runs/{run.id}/present/"' in page
    assert f'href="{browser.home}runs/{run.id}/replay.html"' in page
    presented = browser.page(f"runs/{run.id}/present/")
    assert f'data-feed="{browser.home}runs/{run.id}/present/feed/"' in presented
    assert not re.search(r"<script(?![^>]*\bsrc=)", presented)


def test_present_behind_an_address_leads_to_presenter_mode(browser: Browser, run: Run) -> None:
    response = browser.get(f"runs/{run.id}/?present")
    assert (response.status_code, public(response["Location"])) == (303, f"/simple-deploy/runs/{run.id}/present/")


def test_a_run_that_is_under_way_is_presented_and_not_saved(browser: Browser) -> None:
    begun, writer = recorded.begin(browser.service)
    writer.close()
    run = browser.service.store.update(begun.id, state=RunState.QUEUED)
    assert "Save a replay" not in browser.page(f"runs/{run.id}/")
    assert feed(browser, run.id)["over"] is False
    response = browser.get(f"runs/{run.id}/replay.html")
    assert response.status_code == 409
    assert "still under way" in text(response)


def test_the_feed_tells_the_changes_with_their_reasons_the_log_and_the_end(browser: Browser, run: Run) -> None:
    told = feed(browser, run.id)

    assert told["over"] is True
    files = {each["path"]: each for each in told["plan"]["files"]}  # type: ignore[index]
    assert files["toy.toml"]["reasons"][0]["why"] == "The cloud reads it."
    assert '+app = "shop"' in files["toy.toml"]["diff"]
    assert told["result"]["state"] == "succeeded"  # type: ignore[index]
    kinds = {frame["kind"] for frame in told["frames"]}  # type: ignore[attr-defined]
    assert {"steps", "step", "out", "end", "finish"} <= kinds


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8001/", True),
        ("http://shop-heroku.localhost:5001/", True),
        ("https://192.168.1.20:8501/", False),
        ("https://shop.example/", False),
    ],
)
def test_a_room_is_told_which_address_opens_on_one_computer_only(
    url: str, here: bool, browser: Browser, run: Run
) -> None:
    browser.service.store.update(run.id, url=url)
    result = feed(browser, run.id)["result"]
    assert (result["url"], result["here"]) == (url, here)  # type: ignore[index]


def test_the_feed_goes_on_from_an_event(browser: Browser, run: Run) -> None:
    every = feed(browser, run.id)["frames"]
    later = feed(browser, run.id, after=every[2]["seq"])["frames"]  # type: ignore[index]
    assert later == every[3:]  # type: ignore[index]
    assert browser.get(f"runs/{run.id}/present/feed/?after=x").status_code == 404


def test_nothing_of_it_names_the_folders_of_this_computer(browser: Browser, run: Run) -> None:
    root = browser.service.location.root
    told = browser.page(f"runs/{run.id}/present/feed/")
    assert str(root.parent) not in told
    assert str(Path.home()) + "/" not in told
    assert "@example.com" not in told


def test_the_replay_is_a_file_that_the_browser_stores(browser: Browser, run: Run) -> None:
    response = browser.get(f"runs/{run.id}/replay.html")
    assert response["Content-Disposition"] == f'attachment; filename="simple-deploy-{run.id}-replay.html"'
    assert "sandbox" in response["Content-Security-Policy"]
    assert text(response) == file.replay(browser.service, run.id)


@pytest.mark.slow
def test_the_replay_of_a_long_log_has_its_end(browser: Browser, run: Run) -> None:
    log = browser.service.store.folder(run.id) / "events.jsonl"
    *begun, end = log.read_text(encoding="utf-8").splitlines(keepends=True)
    first, last = len(begun) + 1, len(begun) + 120_000
    line = '{"seq":%d,"at":1.5,"step":"build","kind":"output","data":{"text":"line","stream":"out"},"told":-1}\n'
    printed = [line % number for number in range(first, last)]
    log.write_text("".join([*begun, *printed, end.replace(f'"seq":{first},', f'"seq":{last},')]), encoding="utf-8")

    frames = feed(browser, run.id)["frames"]

    assert frames[-1]["kind"] == "finish" and frames[-1]["seq"] == last  # type: ignore[index]


@pytest.mark.parametrize("path", ["present/", "present/feed/", "replay.html"])
def test_a_run_that_does_not_exist_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(f"runs/20260101-000000-000-abcdef/{path}").status_code == 404
