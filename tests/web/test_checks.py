"""What stands in the dashboard's way is reported with the fix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Error, Warning

from simple_deploy.apps import SimpleDeployConfig
from simple_deploy.checks import check_host, check_state_folder
from simple_deploy.web.host import MIDDLEWARE


@pytest.fixture
def runserver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", "runserver"])


@pytest.fixture(autouse=True)
def debug(settings: Any) -> None:
    settings.DEBUG = True  # tests run without


def ready() -> None:
    SimpleDeployConfig.create("simple_deploy").ready()


@pytest.mark.usefixtures("runserver")
def test_the_door_is_put_first_and_once(settings: Any) -> None:
    settings.MIDDLEWARE = ("a.B",)
    ready()
    ready()
    assert settings.MIDDLEWARE == [MIDDLEWARE, "a.B"]
    assert check_host() == []


@pytest.mark.parametrize("command", ["migrate", "test", "shell", "check"])
def test_no_other_command_gets_a_door(command: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    settings.MIDDLEWARE = ["a.B"]
    ready()
    assert settings.MIDDLEWARE == ["a.B"]


@pytest.mark.usefixtures("runserver")
def test_without_debug_there_is_no_door_and_a_check_says_why(settings: Any) -> None:
    settings.DEBUG = False
    settings.MIDDLEWARE = []
    ready()
    assert settings.MIDDLEWARE == []
    assert check_host() == [
        Warning(
            "There is no deployment dashboard at /simple-deploy/, because DEBUG is off.",
            hint="Set DEBUG = True on your own computer, or use `manage.py deploy`, which needs no page.",
            id="simple_deploy.W001",
        )
    ]


@pytest.mark.parametrize(("value", "there"), [("1", True), ("0", False)])
def test_a_setting_opens_and_closes_the_door(
    value: str, there: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPLE_DEPLOY_ENABLED", value)
    settings.MIDDLEWARE = []
    ready()
    assert (settings.MIDDLEWARE == [MIDDLEWARE]) is there
    settings.MIDDLEWARE = []
    settings.SIMPLE_DEPLOY_ENABLED = not there
    ready()
    assert (settings.MIDDLEWARE == [MIDDLEWARE]) is not there


def test_a_middleware_in_front_is_reported(settings: Any) -> None:
    settings.MIDDLEWARE = ["a.B", MIDDLEWARE]
    assert check_host() == [
        Warning(
            "a.B runs before the deployment dashboard and may change or block its pages.",
            hint='Another app put it there when it started. List "simple_deploy" last in INSTALLED_APPS.',
            id="simple_deploy.W002",
        )
    ]


def test_trusted_peers_that_are_no_addresses_are_reported(settings: Any) -> None:
    settings.SIMPLE_DEPLOY_TRUSTED_PEERS = ["172.17.0.0/16", "my-laptop"]
    (found,) = check_host()
    assert isinstance(found, Error)
    assert (found.id, found.hint) == ("simple_deploy.E003", "Write it like 172.17.0.0/16,192.168.1.7")
    assert "my-laptop" in found.msg


def test_a_state_folder_that_cannot_be_written_is_reported(settings: Any, tmp_path: Path) -> None:
    settings.SIMPLE_DEPLOY_STATE_DIR = str(tmp_path / "not" / "yet" / "there")
    assert check_state_folder() == []
    (tmp_path / "file").write_text("")
    settings.SIMPLE_DEPLOY_STATE_DIR = str(tmp_path / "file" / "state")
    (found,) = check_state_folder()
    assert found.id == "simple_deploy.E001"
