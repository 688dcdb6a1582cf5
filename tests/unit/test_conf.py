"""Settings come from the environment, or from Django settings of the same name, which win."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simple_deploy import conf


def test_without_any_setting_everything_has_a_default() -> None:
    found = conf.load({})

    assert found.state_dir is None
    assert found.redis_url is None
    assert (found.enabled, found.trusted_peers, found.trusted_hosts) == (False, (), ())
    assert found.data_dir.is_absolute() and found.cache_dir.is_absolute()


def test_the_environment_is_read(tmp_path: Path) -> None:
    found = conf.load(
        {
            "SIMPLE_DEPLOY_STATE_DIR": str(tmp_path / "state"),
            "SIMPLE_DEPLOY_DATA_DIR": str(tmp_path / "data"),
            "SIMPLE_DEPLOY_WORKER_IDLE": "2.5",
            "SIMPLE_DEPLOY_ENABLED": "yes",
        }
    )

    assert (found.state_dir, found.data_dir) == (tmp_path / "state", tmp_path / "data")
    assert (found.worker_idle, found.enabled) == (2.5, True)


def test_a_django_setting_wins(tmp_path: Path) -> None:
    settings = SimpleNamespace(SIMPLE_DEPLOY_STATE_DIR=tmp_path, SIMPLE_DEPLOY_REDIS_URL="redis://here")

    found = conf.load({"SIMPLE_DEPLOY_STATE_DIR": "/elsewhere", "SIMPLE_DEPLOY_REDIS_URL": "redis://there"}, settings)

    assert (found.state_dir, found.redis_url) == (tmp_path.resolve(), "redis://here")


@pytest.mark.parametrize(
    "given", ["10.0.0.0/8,192.168.1.7", ["10.0.0.0/8", "192.168.1.7"], ("10.0.0.0/8", "192.168.1.7")]
)
def test_what_is_trusted_is_a_list_or_a_text(given: Any) -> None:
    settings = SimpleNamespace(SIMPLE_DEPLOY_TRUSTED_PEERS=given, SIMPLE_DEPLOY_TRUSTED_HOSTS=given)

    found = conf.load({}, settings)

    assert found.trusted_peers == found.trusted_hosts == ("10.0.0.0/8", "192.168.1.7")
    assert conf.load({"SIMPLE_DEPLOY_TRUSTED_PEERS": "10.0.0.0/8,192.168.1.7"}).trusted_peers == found.trusted_peers


def test_what_a_child_process_is_given_makes_the_same_settings(tmp_path: Path) -> None:
    found = conf.load({"SIMPLE_DEPLOY_STATE_DIR": str(tmp_path), "SIMPLE_DEPLOY_WORKER_IDLE": "7"})

    assert conf.load(found.as_environment()) == found
