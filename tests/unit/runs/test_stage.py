"""Where people open a rehearsed site, and where this computer asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_deploy.rehearsal.world import EDGE_FILE, address_variable
from simple_deploy.runs.stage import Stage

HERE, THERE = "http://blog-some-pond.localhost:8300", "https://class.example:8701"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """With a site, and an API beside it."""
    stage = Stage(platform="some-pond", folder=tmp_path, origin=tmp_path, domains=(".pond.example",))
    with stage.world.change() as state:
        state["name"] = "some-pond"
        state["sites"] = {host: {"port": 1, "socket": None} for host in ("blog.pond.example", "api.pond.example")}
    (stage.world.folder / EDGE_FILE).write_text(json.dumps({"port": 8300}), encoding="utf-8")
    yield stage


def test_on_a_computer_of_ones_own_it_is_opened_where_it_is_asked(stage: Stage) -> None:
    assert stage.publish("https://blog.pond.example/posts/?a=1") == f"{HERE}/posts/?a=1"
    assert stage.near(f"{HERE}/posts/") == f"{HERE}/posts/"
    assert stage.world.shown is None


def test_where_other_computers_open_it_the_tool_still_asks_it_here(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(address_variable("some-pond"), f"{THERE}/")
    assert address_variable("some-pond") == "SIMPLE_DEPLOY_SOME_POND_ADDRESS"
    assert stage.publish("https://blog.pond.example/posts/?a=1") == f"{THERE}/posts/?a=1"
    assert stage.world.shown == "blog.pond.example"
    assert stage.near(f"{THERE}/posts/?a=1") == f"{HERE}/posts/?a=1"
    assert stage.visited("https://blog.pond.example/") == f"{HERE}/"
    for other in ("https://class.example:8702/", f"{HERE}/", "https://elsewhere.example/"):
        assert stage.near(other) == other
    assert stage.publish("https://elsewhere.example/") == "https://elsewhere.example/"


def test_what_is_gone_is_shown_to_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(address_variable("some-pond"), THERE)
    stage.publish("https://blog.pond.example/")
    stage.world.withdraw("blog.pond.example")
    assert stage.world.shown is None
    assert stage.near(f"{THERE}/") == f"{THERE}/"
